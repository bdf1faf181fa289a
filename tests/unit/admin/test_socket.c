/* The admin socket's life in the file system. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "admin/socket.h"

static char directory[64], path[96], lock_path[104];
static struct chat_socket_file file;
static char error[CHAT_SOCKET_ERROR_MAX];

static int setup(void **unused)
{
    (void)unused;
    strcpy(directory, "/tmp/chatd-test-XXXXXX");
    if (mkdtemp(directory) == NULL)
        return -1;
    snprintf(path, sizeof(path), "%s/admin.sock", directory);
    snprintf(lock_path, sizeof(lock_path), "%s.lock", path);
    error[0] = '\0';
    return 0;
}

static int teardown(void **unused)
{
    (void)unused;
    unlink(path);
    unlink(lock_path);
    return rmdir(directory);
}

static int open_socket(mode_t mode)
{
    return chat_socket_open(path, mode, NULL, &file, error);
}

static int try_connect(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int client = socket(AF_UNIX, SOCK_STREAM, 0);

    memcpy(address.sun_path, path, strlen(path));
    int status = connect(client, (struct sockaddr *)&address, sizeof(address));
    close(client);
    return status;
}

static void it_has_its_mode_whatever_the_umask(void **unused)
{
    static const mode_t modes[] = {0600, 0660, 0666};
    mode_t before = umask(0077);

    (void)unused;
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        struct stat status;
        int listener = open_socket(modes[i]);
        assert_true(listener >= 0);
        assert_int_equal(stat(path, &status), 0);
        assert_int_equal(status.st_mode & 07777, modes[i]);
        assert_int_equal(status.st_gid, getegid());
        assert_int_equal(try_connect(), 0);
        close(listener);
    }
    umask(before);
}

/* Only root can give a file to a group that it isn't in; others name their own. */
static void it_belongs_to_the_group_that_is_named(void **unused)
{
    const struct group *group = geteuid() == 0 ? getgrnam("daemon") : getgrgid(getegid());
    struct stat status;

    (void)unused;
    if (group == NULL)
        skip();
    gid_t gid = group->gr_gid;
    int listener = chat_socket_open(path, 0660, group->gr_name, &file, error);
    assert_true(listener >= 0);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_gid, gid);
    assert_int_equal(status.st_mode & 07777, 0660);
    close(listener);
}

/* Without a word from us bind() makes it 0777 less the umask: this is what others would find there.
 */
static void the_kernel_binds_with_the_sockets_own_mode(void **unused)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat status;
    mode_t before = umask(0);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);

    (void)unused;
    memcpy(address.sun_path, path, strlen(path));
    assert_int_equal(fchmod(listener, 0600), 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    umask(before);
    close(listener);
}

static void a_stale_socket_is_replaced(void **unused)
{
    (void)unused;
    int listener = open_socket(0600);
    close(listener);
    assert_int_equal(try_connect(), -1);
    listener = open_socket(0600);
    assert_true(listener >= 0);
    assert_int_equal(try_connect(), 0);
    close(listener);
}

static void a_live_socket_is_left_alone(void **unused)
{
    (void)unused;
    int listener = open_socket(0600);
    assert_int_equal(open_socket(0600), -1);
    assert_non_null(strstr(error, "another chatd serves it"));
    assert_int_equal(try_connect(), 0);
    close(listener);
}

static void a_file_of_another_kind_is_left_alone(void **unused)
{
    struct stat status;

    (void)unused;
    close(open(path, O_CREAT | O_WRONLY, 0600));
    assert_int_equal(open_socket(0600), -1);
    assert_non_null(strstr(error, "no socket"));
    assert_int_equal(stat(path, &status), 0);
    assert_true(S_ISREG(status.st_mode));
}

static void a_link_to_a_live_socket_is_left_alone(void **unused)
{
    char target[112];

    (void)unused;
    snprintf(target, sizeof(target), "%s.real", path);
    assert_int_equal(symlink(target, path), 0);
    assert_int_equal(open_socket(0600), -1);
    assert_non_null(strstr(error, "no socket"));
}

static void of_two_that_start_at_once_one_is_refused(void **unused)
{
    int lock = open(lock_path, O_CREAT | O_RDWR, 0600);

    (void)unused;
    assert_int_equal(flock(lock, LOCK_EX), 0);
    assert_int_equal(open_socket(0600), -1);
    assert_non_null(strstr(error, "starts there just now"));
    close(lock);
    int listener = open_socket(0600);
    assert_true(listener >= 0);
    assert_int_equal(access(lock_path, F_OK), -1);
    close(listener);
}

static void what_cannot_be_made_is_said_in_a_sentence(void **unused)
{
    char error_of[CHAT_SOCKET_ERROR_MAX] = "", longest[300];

    (void)unused;
    assert_int_equal(chat_socket_open("/nowhere/at/all", 0600, NULL, &file, error_of), -1);
    assert_non_null(strstr(error_of, "No such file or directory"));
    memset(longest, 'x', sizeof(longest));
    longest[sizeof(longest) - 1] = '\0';
    assert_int_equal(chat_socket_open(longest, 0600, NULL, &file, error_of), -1);
    assert_non_null(strstr(error_of, "1 to 107 bytes"));
    assert_int_equal(chat_socket_open(path, 0600, "no such group", &file, error_of), -1);
    assert_non_null(strstr(error_of, "no such group"));
    assert_int_equal(access(path, F_OK), -1);
}

static void only_its_own_file_is_removed(void **unused)
{
    (void)unused;
    int listener = open_socket(0600);
    struct chat_socket_file another = {file.device, file.inode + 1};

    chat_socket_remove(path, &another);
    assert_int_equal(access(path, F_OK), 0);
    chat_socket_remove(path, &file);
    assert_int_equal(access(path, F_OK), -1);
    close(listener);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(it_has_its_mode_whatever_the_umask),
        TEST(it_belongs_to_the_group_that_is_named),
        TEST(the_kernel_binds_with_the_sockets_own_mode),
        TEST(a_stale_socket_is_replaced),
        TEST(a_live_socket_is_left_alone),
        TEST(a_file_of_another_kind_is_left_alone),
        TEST(a_link_to_a_live_socket_is_left_alone),
        TEST(of_two_that_start_at_once_one_is_refused),
        TEST(what_cannot_be_made_is_said_in_a_sentence),
        TEST(only_its_own_file_is_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
