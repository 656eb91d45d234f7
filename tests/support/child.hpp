// For what cannot be undone: giving up rights, lowering limits, mounting.
#pragma once

#include <functional>

namespace vigil::testing {

// Runs `body` in a child process, in new namespaces of its own where `namespaces` (CLONE_NEW...) says so. What the test
// framework finds wrong there is printed and fails the test here as well. Returns false, and runs nothing, where the
// system does not allow such a child. To be called before the test has started threads.
bool in_child(const std::function<void()>& body, int namespaces = 0);

// In a child: gives up what makes permissions not count.
void become_nobody();

}  // namespace vigil::testing
