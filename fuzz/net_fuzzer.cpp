// The input chooses operations on a small tree: the net events keep the law. Or, with an odd first byte, it chooses
// events that no tree brings about: the net effect survives them and says nothing twice.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "../tests/event/net_law.hpp"
#include "event/net.hpp"

namespace {

using vigil::Batch;
using vigil::EntryType;
using vigil::Event;
using vigil::Kind;
using vigil::event::NetEffect;

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}

  bool at_end() const { return at_ == size_; }
  unsigned below(unsigned end) { return at_end() ? 0 : data_[at_++] % end; }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
  std::size_t at_ = 0;
};

void require(bool holds, const std::string& problem) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", problem.c_str());
  std::abort();
}

void keep_the_law(Input& input) {
  vigil::event::tests::Scenario scenario([&](unsigned end) { return input.below(end); });
  for (int steps = 0; steps < 100 && !input.at_end(); ++steps) scenario.step();
  const std::string broken = vigil::event::tests::NetLaw(scenario).broken();
  require(broken.empty(), broken);
}

std::string any_path(Input& input) {
  constexpr const char* kPaths[] = {"a", "a/b", "a/b/c", "a/bc", "ab", "", "/", "//", "a/", "b"};
  return kPaths[input.below(10)];
}

void survive(Input& input) {
  NetEffect effect;
  std::uint64_t seq = 0;
  while (!input.at_end()) {
    Event event;
    event.kind = static_cast<Kind>(input.below(vigil::kKindCount));
    event.type = static_cast<EntryType>(input.below(5));
    event.replaced = input.below(2) == 1;
    event.seq = seq += input.below(4);
    const std::string path = any_path(input);
    const std::string from = any_path(input);
    event.path = path;
    event.from = from;
    if (NetEffect::accepts(event)) effect.add(event);
  }
  Batch net;
  effect.take(net);
  require(effect.empty(), "not empty after all was taken");
  std::map<std::string, int> told;
  for (const Event& event : net) require(++told[std::string(event.path)] <= 2, "a path more than twice");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  if (input.below(2) == 0) {
    keep_the_law(input);
  } else {
    survive(input);
  }
  return 0;
}
