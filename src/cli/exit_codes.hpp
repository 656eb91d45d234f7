// The exit codes of the command; other programs rely on them.
#pragma once

namespace vigil::cli {

inline constexpr int kExitDone = 0;     // stopped as asked: by a signal, a count, a time-out, or a reader that left
inline constexpr int kExitFailed = 1;   // a path cannot be watched, or the output cannot be written
inline constexpr int kExitUsage = 2;    // the command line makes no sense
inline constexpr int kExitTooFew = 3;   // --timeout passed before the number of changes that --count asked for
inline constexpr int kExitChanged = 4;  // `since --exit-code`: something has changed

// Of `vigil run`, as of a shell.
inline constexpr int kExitNotExecutable = 126;
inline constexpr int kExitNotFound = 127;
inline constexpr int kExitSignal = 128;  // and the signal's number: what ended the one run of --once

}  // namespace vigil::cli
