/* replay DIRECTORY: gives each file of a corpus to a libFuzzer target once, where there is no
 * libFuzzer. Ends with 0 when all were read; the target aborts on what it finds. */
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes are a block of their own size, so that a sanitizer sees a read past their end. */
static bool replay(int directory, const char *name)
{
    int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
    struct stat is;

    if (fd < 0 || fstat(fd, &is) != 0)
        return false;
    size_t size = (size_t)is.st_size;
    uint8_t *data = malloc(size);
    bool is_whole = (data != NULL || size == 0) && read(fd, data, size) == is.st_size;
    if (is_whole)
        LLVMFuzzerTestOneInput(data, size);
    free(data);
    close(fd);
    return is_whole;
}

int main(int argc, char **argv)
{
    DIR *corpus = argc == 2 ? opendir(argv[1]) : NULL;
    unsigned n = 0;

    if (corpus == NULL) {
        perror("replay");
        return 1;
    }
    for (struct dirent *entry; (entry = readdir(corpus)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        if (!replay(dirfd(corpus), entry->d_name)) {
            perror(entry->d_name);
            return 1;
        }
        n++;
    }
    closedir(corpus);
    printf("%u inputs\n", n);
    return n == 0;
}
