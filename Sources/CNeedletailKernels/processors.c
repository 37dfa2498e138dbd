#ifdef __linux__
#define _GNU_SOURCE
#endif
#include "needletail_processors.h"

#ifdef __linux__

#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
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

enum { STEP_NANOSECONDS = 20 * 1000 * 1000, GAP_NANOSECONDS = 200 * 1000 * 1000 };

static _Thread_local bool is_background;
/* When it was last looked at, and the processor time that it had had by then. */
static _Thread_local int64_t looked, had;

static int64_t nanoseconds(clockid_t clock)
{
    struct timespec time = {0, 0};
    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

void nt_background_begin(void)
{
    pthread_once(&usable_once, read_usable);
    is_background = usable_is_known;
}

static void move_to_next_processor(void)
{
    int32_t next = sched_getcpu();
    if (next < 0 || CPU_COUNT(&usable) < 2)
        return;
    do
        next = (next + 1) % CPU_SETSIZE;
    while (!CPU_ISSET(next, &usable));
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(next, &one);
    /* It goes there, and is free to be moved on. */
    if (sched_setaffinity(0, sizeof one, &one) == 0)
        sched_setaffinity(0, sizeof usable, &usable);
}

void nt_background_step(void)
{
    if (!is_background)
        return;
    int64_t now = nanoseconds(CLOCK_MONOTONIC);
    int64_t passed = now - looked;
    if (passed < STEP_NANOSECONDS)
        return;
    int64_t used = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
    /* After a longer gap it waited for something else than a processor. */
    if (passed < GAP_NANOSECONDS && (used - had) * 4 < passed * 3)
        move_to_next_processor();
    looked = now;
    had = used;
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

void nt_background_begin(void)
{
}

void nt_background_step(void)
{
}

#endif
