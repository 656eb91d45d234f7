// The exit codes of the command; other programs rely on them.
#pragma once

namespace vigil::cli {

inline constexpr int kExitDone = 0;    // stopped as asked: by a signal, a count, a time-out, or a reader that left
inline constexpr int kExitFailed = 1;  // a path cannot be watched, or the output cannot be written
inline constexpr int kExitUsage = 2;   // the command line makes no sense
inline constexpr int kExitTooFew = 3;  // --timeout passed before the number of changes that --count asked for

}  // namespace vigil::cli
