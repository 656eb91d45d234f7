// Any bytes, as a helper or a program might send them: nothing outside them is read, what is accepted means the same
// when it is written again, and whatever events are accepted, the tree they make can be told of to another helper.
#include "backend/isolated/mirror.hpp"
#include "backend/isolated/protocol.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

namespace isolated = vigil::backend::isolated;
using isolated::MessageType;
using vigil::EntryType;
using vigil::tree::NodeId;

void expect(bool condition) {
  if (!condition) std::abort();
}

std::string_view content_of(const std::string& message) {
  return std::string_view(message).substr(isolated::kHeaderBytes);
}

// There is one way to write each message, so it comes out as it went in.
template <typename Value>
void check_again(std::string_view content) {
  Value value{};
  if (!isolated::read(content, value)) return;
  std::string again;
  write(again, value);
  expect(content_of(again) == content);
}

void check_number(MessageType type, std::string_view content) {
  std::uint64_t number = 0;
  if (!isolated::read_number(content, number)) return;
  std::string again;
  isolated::write_number(again, type, number);
  expect(content_of(again) == content);
}

template <typename Value, typename Use>
void check_many(MessageType type, std::string_view content, Use&& use) {
  std::string again;
  isolated::Writer writer(again, type);
  isolated::Reader reader(content);
  while (!reader.at_end()) {
    Value value;
    isolated::read(reader, value);
    if (reader.failed()) return;
    write(writer, value);
    use(value);
  }
  writer.finish();
  expect(reader.complete() && content_of(again) == content);
}

// As a helper does with what it is told.
void recall(const std::string& message, std::size_t& entries) {
  vigil::tree::Tree tree;
  NodeId directory = tree.add_root();
  check_many<isolated::Entry>(MessageType::entries, content_of(message), [&](const isolated::Entry& entry) {
    for (std::uint64_t up = 0; up < entry.up; ++up) directory = tree.parent(directory);
    expect(directory != vigil::tree::kNoNode && tree.is_directory(directory));
    expect(tree.find(directory, entry.name) == vigil::tree::kNoNode);
    const NodeId node = tree.add(directory, entry.name, entry.type, entry.inode);
    if (entry.type == EntryType::directory) directory = node;
    ++entries;
  });
}

void check(const isolated::Message& message, isolated::Mirror& mirror) {
  switch (message.type) {
    case MessageType::hello: {
      isolated::Hello hello;
      (void)isolated::read(message.content, hello);
      break;
    }
    case MessageType::watch: check_again<isolated::Watch>(message.content); break;
    case MessageType::answer: check_again<isolated::Answer>(message.content); break;
    case MessageType::told: check_again<isolated::Told>(message.content); break;
    case MessageType::alive: check_again<isolated::Alive>(message.content); break;
    case MessageType::sync:
    case MessageType::ping:
    case MessageType::synced: check_number(message.type, message.content); break;
    case MessageType::entries:
      check_many<isolated::Entry>(message.type, message.content,
                                  [](const isolated::Entry& entry) { expect(isolated::is_name(entry.name)); });
      break;
    case MessageType::events:
      check_many<isolated::ToldEvent>(message.type, message.content,
                                      [&](const isolated::ToldEvent& told) { (void)mirror.apply(told); });
      break;
    case MessageType::identities:
      check_many<isolated::Identity>(message.type, message.content,
                                     [&](const isolated::Identity& identity) { mirror.identify(identity); });
      break;
    default: {
      std::string_view text;
      (void)isolated::read_text(message.content, text);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  vigil::tree::Tree tree;
  isolated::Mirror mirror(tree);
  isolated::Inbox inbox;
  // In two pieces, wherever the first byte says.
  const std::string bytes(data, data + size);
  const std::size_t cut = size == 0 ? 0 : static_cast<unsigned char>(bytes[0]) % size;
  for (const std::string_view piece : {std::string_view(bytes).substr(size == 0 ? 0 : 1, cut),
                                       std::string_view(bytes).substr(size == 0 ? 0 : std::min(size, cut + 1))}) {
    inbox.add(piece);
    for (isolated::Message message; inbox.next(message) == isolated::Inbox::State::message;) check(message, mirror);
  }
  std::size_t entries = 0;
  isolated::Mirror::Walk walk(mirror);
  std::string message;
  {
    isolated::Writer writer(message, MessageType::entries);
    walk.write_some(writer, SIZE_MAX, "only");
  }
  expect(walk.done());
  recall(message, entries);
  expect(entries + 1 == tree.size());
  return 0;
}
