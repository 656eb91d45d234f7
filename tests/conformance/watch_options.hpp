// The options that scripts give to watchers and roots.
#pragma once

#include <vigil/options.hpp>
#include <vigil/result.hpp>

#include "conformance/script.hpp"
#include "conformance/subject.hpp"

#include <string>

namespace vigil::conformance {

// "net", "settle=MS", "max-latency=MS", "kinds=created,removed", "queue=BYTES".
Status read_watcher_option(const std::string& text, Options& options);

// "no-recursive", "exclude=GLOB", "include=GLOB", "initial", "await-missing".
Status read_root_option(const std::string& text, RootOptions& options);

// "watch PATH fails CODE".
bool is_refused(const Command& watch);

// Whether `error` is what "fails CODE" means. A process has nothing but its exit status to say it with.
bool is_refusal(const Error& error, const std::string& code, bool by_process);

// What the script's options need and the subject has not, for people; empty if it has all.
std::string missing_ability_for_options(const Script& script, const Subject& subject);

}  // namespace vigil::conformance
