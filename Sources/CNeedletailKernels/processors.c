#ifdef __linux__
#define _GNU_SOURCE
#endif
#include "needletail_processors.h"

#ifdef __linux__

#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

static cpu_set_t usable;
static bool usable_is_known;
static pthread_once_t usable_once = PTHREAD_ONCE_INIT;

/* What the first thread may use: no pool narrows that one. */
static void read_usable(void)
{
    usable_is_known = sched_getaffinity(getpid(), sizeof usable, &usable) == 0;
}

int32_t nt_current_processor(void)
{
    return sched_getcpu();
}

int32_t nt_current_thread(void)
{
    return (int32_t)syscall(SYS_gettid);
}

bool nt_keep_off(int32_t thread, int32_t processor)
{
    pthread_once(&usable_once, read_usable);
    if (!usable_is_known || thread <= 0 || processor < 0 || processor >= CPU_SETSIZE)
        return false;
    cpu_set_t others = usable;
    CPU_CLR(processor, &others);
    if (CPU_COUNT(&others) == 0)
        return false;
    return sched_setaffinity(thread, sizeof others, &others) == 0;
}

#else

int32_t nt_current_processor(void)
{
    return -1;
}

int32_t nt_current_thread(void)
{
    return -1;
}

bool nt_keep_off(int32_t thread, int32_t processor)
{
    (void)thread;
    (void)processor;
    return false;
}

#endif
