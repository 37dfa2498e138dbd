/* How a failure is told to the caller. */
#ifndef NEEDLETAIL_FAISS_MESSAGE_H
#define NEEDLETAIL_FAISS_MESSAGE_H

#include <cstddef>
#include <cstring>

/* Cuts the reason to what fits, with a zero at its end. */
inline void nt_copy_message(const char *reason, char *message, size_t capacity) {
    if (message == nullptr || capacity == 0) return;
    std::strncpy(message, reason, capacity - 1);
    message[capacity - 1] = '\0';
}

#endif
