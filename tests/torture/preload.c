/* preload.c: makes every fsync and fdatasync fail with EIO while the file named by FAIL_SYNC_WHILE exists. */
#include <errno.h>
#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

static bool fails(void)
{
    const char *path = getenv("FAIL_SYNC_WHILE");
    return path != NULL && access(path, F_OK) == 0;
}

int fsync(int fd)
{
    int (*real)(int);

    if (fails()) {
        errno = EIO;
        return -1;
    }
    *(void **)&real = dlsym(RTLD_NEXT, "fsync");
    return real(fd);
}

int fdatasync(int fd)
{
    int (*real)(int);

    if (fails()) {
        errno = EIO;
        return -1;
    }
    *(void **)&real = dlsym(RTLD_NEXT, "fdatasync");
    return real(fd);
}
