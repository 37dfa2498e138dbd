/* How a failure is told to the caller. */
#ifndef NEEDLETAIL_FAISS_MESSAGE_H
#define NEEDLETAIL_FAISS_MESSAGE_H

#include "needletail_faiss.h"

#include <cstddef>
#include <cstring>
#include <exception>

/* Cuts the reason to what fits, with a zero at its end. */
inline void nt_copy_message(const char *reason, char *message, size_t capacity) {
    if (message == nullptr || capacity == 0) return;
    std::strncpy(message, reason, capacity - 1);
    message[capacity - 1] = '\0';
}

/* Runs the body; what it throws becomes a message, so that no exception reaches the caller. */
template <typename Body>
nt_faiss_status nt_guarded(Body body, char *message, size_t capacity) {
    try {
        body();
        return NT_FAISS_OK;
    } catch (const std::exception &failure) {
        nt_copy_message(failure.what(), message, capacity);
    } catch (...) {
        nt_copy_message("an exception without a description", message, capacity);
    }
    return NT_FAISS_FAILED;
}

#endif
