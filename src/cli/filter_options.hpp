// What is watched below a PATH, and what is left out.
#pragma once

#include "cli/command_options.hpp"

#include <vigil/options.hpp>

#include <string>
#include <vector>

namespace vigil::cli {

// --include, --exclude, the same by regular expressions, --extension, --type, ignore files and --no-recursive.
class FilterOptions {
 public:
  // Whether ignore files are heeded, unless it is said otherwise.
  enum class IgnoreFiles {
    on_request,  // --gitignore
    always,      // unless --no-ignore
  };

  explicit FilterOptions(CommandOptions& command, IgnoreFiles ignore_files = IgnoreFiles::on_request);
  Status apply(RootOptions& options) const;
  bool given() const;

 private:
  bool heeds_ignore_files_by_default_;
  std::vector<std::string> include_;
  std::vector<std::string> exclude_;
  std::vector<std::string> include_regex_;
  std::vector<std::string> exclude_regex_;
  std::vector<std::string> extensions_;
  std::vector<std::string> types_;
  bool switches_ignore_files_ = false;  // --gitignore or --no-ignore
  std::vector<std::string> ignore_files_;
  bool no_recursive_ = false;
};

}  // namespace vigil::cli
