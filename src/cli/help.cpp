#include "cli/help.hpp"

namespace vigil::cli {

const std::string_view kHelp = R"(vigil watches directories and tells exactly what changed in them.

Usage: vigil watch [OPTION]... [PATH]...
       vigil --help | --version

Commands:
  watch      report changes below directories, or of single files, as they happen

Options:
  -h, --help     show this help; "vigil watch --help" shows the options of watch
      --version  show the version
)";

const std::string_view kWatchHelp = R"(Usage: vigil watch [OPTION]... [PATH]...

Reports every change below the directories PATH (or of the files PATH) as it happens, one line each, until stopped with
Ctrl-C. Without PATH the current directory is watched.

Output:
      --format human|json  lines for a person (the default), or one JSON object a line
      --print0             only the paths that changed, each followed by a NUL byte
      --color WHEN         auto (the default: on a terminal, unless NO_COLOR is set), always or never
      --who                name the process that did it, where the backend knows (fanotify)

What is watched:
      --events KIND,...    only these kinds of change: created, removed, renamed, modified, attributes, closed (the
                           default is these six), opened, accessed. Notices about the watch itself always come
      --include GLOB       report only what matches; may be given several times
      --exclude GLOB       leave out what matches, whole directories unopened; may be given several times
      --no-recursive       only the direct entries of each directory
      --initial            first report everything that exists already, as created
      --await              wait for a PATH that does not exist yet, instead of failing

      --backend WAY        auto (the default), inotify, fanotify (needs root), or poll
      --max-watches N      take at most N of the kernel's watches; directories beyond are polled
      --probe              write a file into each directory PATH, remove it, and say whether, by what and after how
                           long that was told; 1 where it was not. Nothing is written without this option
      --isolate            in a helper process for each PATH, so that a file system that hangs hangs only the helper
      --hang-timeout TIME  how long a call of the file system may take, 5s by default; implies --isolate

How changes are delivered:
      --raw                every change, in the order of the kernel, at once (the default)
      --net                batches that end when nothing changes for a moment; each path at most once, with its net
                           effect
      --settle TIME        how long that moment is, 50ms by default; implies --net

When to stop:
      --count N            after N changes; notices such as ready do not count
      --timeout TIME       when nothing changes for this long

TIME is a number with a unit: 50ms, 1.5s, 2m, 1h. Without one, --settle counts milliseconds, --timeout and
--hang-timeout seconds.

Exit codes: 0 stopped by a signal, --count, --timeout or the end of the reader; 1 a path cannot be watched, or the
output not be written; 2 the command line makes no sense; 3 --timeout passed before --count was reached.

Examples:
  vigil watch src                              what happens below src
  vigil watch --format json --exclude .git .   the same for a program, without the repository
  vigil watch --count 1 --timeout 30s build    wait for one change, but not for ever
  vigil watch --net --print0 src | xargs -0 -n1 echo
)";

}  // namespace vigil::cli
