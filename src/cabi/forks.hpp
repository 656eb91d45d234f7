// fork() and the handles.
#pragma once

namespace vigil::cabi {

// Sees to it that the child of every later fork() begins without handles, and without the descriptors behind them.
// Called whenever something is opened; only the first call does anything.
void expect_forks();

// What each part does about it. Locked from before the fork until after, in the parent and in the child.
void lock_watchers();
void unlock_watchers();
void lock_batches();
void unlock_batches();
void lock_snapshots();
void unlock_snapshots();

// In the child: these are not destroyed, for that would wait for threads which only the parent has.
void forget_watchers();
void forget_directories();

}  // namespace vigil::cabi
