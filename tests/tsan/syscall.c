/* libuv closes descriptors by syscall(SYS_close), which TSan does not see: when another thread gets
 * the number again, TSan takes it for one descriptor that two threads share without a lock. Under
 * TSan this syscall stands before libc's, in the program, and closes where TSan looks. Any thread.
 */
#include <dlfcn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

__attribute__((visibility("default"))) long syscall(long number, ...)
{
    static long (*_Atomic libc_syscall)(long number, ...);
    long (*next)(long number, ...) = atomic_load(&libc_syscall);
    long a[6];
    va_list list;

    va_start(list, number);
    for (unsigned i = 0; i < 6; i++)
        a[i] = va_arg(list, long);
    va_end(list);
    if (number == SYS_close)
        return close((int)a[0]);
    if (next == NULL)
        atomic_store(&libc_syscall, next = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall"));
    return next(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
