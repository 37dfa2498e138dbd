/* LMDB, and the two things of the system that Swift's own modules do not import. */
#ifndef NEEDLETAIL_CLMDB_SHIM_H
#define NEEDLETAIL_CLMDB_SHIM_H

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <string.h>
#if defined(__linux__)
#include <sys/vfs.h>
#else
#include <sys/mount.h>
#include <sys/param.h>
#endif

/* Open-file-description locks belong to the descriptor, not to the process: closing another
   descriptor of the file does not drop them, and the kernel drops them when the holder dies. */
#if defined(__linux__) && !defined(F_OFD_SETLK)
#define NT_SETLK 37
#elif defined(F_OFD_SETLK)
#define NT_SETLK F_OFD_SETLK
#else
#define NT_SETLK F_SETLK
#endif

/* Locks (exclusive != 0) or unlocks the whole file without waiting. Returns 0 or errno. */
static inline int nt_lock_file(int descriptor, int exclusive) {
    struct flock lock;
    memset(&lock, 0, sizeof lock);
    lock.l_type = exclusive ? F_WRLCK : F_UNLCK;
    lock.l_whence = SEEK_SET;
    return fcntl(descriptor, NT_SETLK, &lock) == 0 ? 0 : errno;
}

/* The magic number of the file system that holds `path`; 0 where that is unknown. */
static inline unsigned long nt_filesystem_type(const char *path) {
#if defined(__linux__)
    struct statfs info;
    return statfs(path, &info) == 0 ? (unsigned long)info.f_type & 0xFFFFFFFFul : 0;
#else
    struct statfs info;
    if (statfs(path, &info) != 0) return 0;
    return (info.f_flags & MNT_LOCAL) ? 0 : 0x6969; /* Reported as NFS: not local. */
#endif
}

#endif
