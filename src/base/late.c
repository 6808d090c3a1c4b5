#include "base/late.h"

#include <dlfcn.h>
#include <pthread.h>

/* Never unloaded: cairo and glib keep what they made. Who is refused may ask again, when the package is there. */
static bool load(LateLibrary *library)
{
    void *handle = dlopen(library->file, RTLD_LAZY | RTLD_LOCAL);

    if (handle == NULL)
        return false;
    for (size_t i = 0; library->names[i] != NULL; i++) {
        void *function = dlsym(handle, library->names[i]); /* also in the libraries that it needs itself */
        if (function == NULL)
            return false;
        memcpy((char *)library->table + i * sizeof function, &function, sizeof function); /* C has no cast for it */
    }
    return true;
}

const Error *late_load(Arena *arena, LateLibrary *library)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    const Error *error = OK;

    pthread_mutex_lock(&lock);
    if (!library->is_loaded)
        library->is_loaded = load(library);
    if (!library->is_loaded) {
        const char *why = dlerror();
        error = error_new(
            arena, ERR_STATE_OF_WORLD,
            str_format(arena, "程序库 %s 装载不了，请安装软件包 %s：%s", library->file, library->package, why),
            str_format(arena, "The library %s cannot be loaded; install the package %s: %s", library->file,
                       library->package, why));
    }
    pthread_mutex_unlock(&lock);
    return error;
}
