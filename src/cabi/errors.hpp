// What every C function does with its result.
#pragma once

#include <vigil/vigil.h>
#include <vigil/result.hpp>

#include <exception>
#include <new>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace vigil::cabi {

// Each remembers for the calling thread what failed, and gives the number to return. None throws.
int fail(Error&& error) noexcept;
int fail(ErrorCode code, std::string_view message) noexcept;
int fail_for_memory() noexcept;
int fail_for_null(std::string_view what) noexcept;  // "the path"

inline int done(Status&& status) noexcept { return status ? VIGIL_OK : fail(std::move(status).error()); }

// Calls and gives what the call gives. No exception may cross into C.
template <typename Call>
int guarded(Call&& call) noexcept {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    return fail_for_memory();
  } catch (const std::length_error&) {  // more than any memory
    return fail_for_memory();
  } catch (const std::exception& exception) {
    return fail(ErrorCode::system, exception.what());
  } catch (...) {
    return fail(ErrorCode::system, "something was thrown that is no std::exception");
  }
}

}  // namespace vigil::cabi
