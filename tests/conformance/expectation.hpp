// Compares what a watcher told with what a script expects.
#pragma once

#include "conformance/observation.hpp"
#include "conformance/script.hpp"

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace vigil::conformance {

// An expectation with its variables replaced and its paths made absolute.
using ResolvedExpectation = Expectation;

// For messages: turns an absolute path into the one a script would write.
using Shown = std::function<std::string(const std::string& path)>;

std::string describe(const Observation& event, const Shown& shown);
std::string describe(const ExpectedEvent& event, const Shown& shown);

// Event by event, in vigil's terms. Returns what is wrong, a sentence each; empty if all is well. Lines for watchers
// with certain abilities have been dealt with by the caller.
std::vector<std::string> compare_exactly(const ResolvedExpectation& expectation, const std::vector<Observation>& events,
                                         const Shown& shown);

// What a watcher with other terms owes: for every path the expectation says something about, word that it is there, or
// that it is gone, as things stand at the end of the window.
struct Coarse {
  std::vector<std::string> missing;    // expected, not told
  std::vector<std::string> forbidden;  // told, though the script says it must not be
};
using Exists = std::function<bool(const std::string& path)>;  // on disk, now
Coarse compare_coarsely(const ResolvedExpectation& expectation, const std::vector<Observation>& events,
                        const Exists& exists, const Shown& shown);

// An event says that the path exists, or that it does not.
bool says_exists(const Observation& event, const std::string& path);
bool says_gone(const Observation& event, const std::string& path);

}  // namespace vigil::conformance
