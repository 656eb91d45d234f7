#include "backend/poll/backend.hpp"

#include "sys/error_codes.hpp"

namespace vigil::backend::poll {

namespace {

// As where there are none left: whoever cannot do without one looks again later.
sys::Outcome<std::int32_t> decline() { return sys::Outcome<std::int32_t>::failure(sys::kNoSpace); }

}  // namespace

sys::Outcome<std::int32_t> PollBackend::watch(tree::NodeId /*node*/, const sys::Directory& /*directory*/,
                                              Interest /*interest*/) {
  return decline();
}

sys::Outcome<std::int32_t> PollBackend::watch_ahead(const sys::Directory& /*directory*/) { return decline(); }

Result<std::unique_ptr<Backend>> open_poll() {
  sys::Outcome<std::unique_ptr<sys::Silence>> silence = sys::open_silence();
  if (silence) return std::unique_ptr<Backend>(new PollBackend(std::move(silence.value)));
  return Error(ErrorCode::limit_reached, sys::words_of(silence.error), silence.error);
}

}  // namespace vigil::backend::poll
