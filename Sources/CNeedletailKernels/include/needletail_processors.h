/*
 * Which processor runs which thread.
 *
 * Only Linux answers; elsewhere no processor is known and no thread is moved.
 */
#ifndef NEEDLETAIL_PROCESSORS_H
#define NEEDLETAIL_PROCESSORS_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The processor this thread runs on at the moment, or -1 where that is not known. */
int32_t nt_current_processor(void);
/* The system's number of this thread, or -1 where that is not known. */
int32_t nt_current_thread(void);
/* Lets the thread run on every processor this process may use but the one given.
 * False, and nothing changed, where the system refuses or no processor would be left. */
bool nt_keep_off(int32_t thread, int32_t processor);
/* Says that this thread works for long while nobody waits for it. */
void nt_background_begin(void);
/* Called often by such a thread, and at once over for all others: takes it to the next processor
 * where it had less than three quarters of the time lately. */
void nt_background_step(void);

#ifdef __cplusplus
}
#endif

#endif
