// The backends that these tests try.
#pragma once

#include <vigil/options.hpp>

#include <gtest/gtest.h>

#include <string>

namespace vigil::filesystems {

struct Choice {
  BackendChoice backend;
  const char* name;
};

// One that is added here is tried everywhere, but for what filesystems_test.cpp leaves out.
inline constexpr Choice kChoices[] = {
    {BackendChoice::inotify, "inotify"}, {BackendChoice::fanotify, "fanotify"}, {BackendChoice::poll, "poll"}};

inline std::string choice_name(const ::testing::TestParamInfo<Choice>& parameter) { return parameter.param.name; }

}  // namespace vigil::filesystems
