#include "support/random_work.hpp"

#include "support/raw_files.hpp"

#include <fstream>
#include <thread>
#include <utility>

namespace vigil::testing {

namespace {

void write_to(const std::string& path, raw::Write how) { (void)raw::write(path, "text", how); }

// Three levels, a file and a link in each.
void make_populated_tree(const std::string& path) {
  std::string directory = path;
  for (const char* const name : {"a", "b", "c"}) {
    (void)raw::make_directories(directory);
    write_to(directory + "/d", raw::Write::over);
    (void)raw::symbolic_link("d", directory + "/e");
    directory.append("/").append(name);
  }
}

}  // namespace

RandomWork::RandomWork(std::uint64_t seed, std::string inside, std::string outside)
    : random_(seed), inside_(std::move(inside)), outside_(std::move(outside)) {}

void RandomWork::run(std::size_t operations) {
  unsigned sum = 0;
  for (const Share& share : shares()) sum += share.weight;
  for (std::size_t done = 0; done < operations; ++done) {
    unsigned drawn = below(sum);
    for (const Share& share : shares()) {
      if (drawn < share.weight) {
        (this->*share.work)();
        break;
      }
      drawn -= share.weight;
    }
  }
}

const std::vector<RandomWork::Share>& RandomWork::shares() {
  static const std::vector<Share> shares = {
      {12, &RandomWork::write},          {5, &RandomWork::append},           {2, &RandomWork::truncate},
      {6, &RandomWork::save_atomically}, {5, &RandomWork::write_and_remove}, {8, &RandomWork::make_directory},
      {6, &RandomWork::make_tree},       {16, &RandomWork::rename},          {3, &RandomWork::exchange},
      {4, &RandomWork::move_in},         {3, &RandomWork::move_out},         {3, &RandomWork::move_out_and_back},
      {6, &RandomWork::unlink},          {4, &RandomWork::remove_directory}, {5, &RandomWork::remove_tree},
      {3, &RandomWork::make_symlink},    {3, &RandomWork::make_hard_link},   {2, &RandomWork::make_fifo},
      {3, &RandomWork::change_mode},     {3, &RandomWork::change_times},
  };
  return shares;
}

unsigned RandomWork::below(unsigned end) { return static_cast<unsigned>(random_() % end); }

std::string RandomWork::name() { return raw::names()[below(static_cast<unsigned>(raw::names().size()))]; }

std::string RandomWork::path() {
  std::string path = inside_;
  for (unsigned depth = 1 + below(3); depth > 0; --depth) path.append("/").append(name());
  return path;
}

std::string RandomWork::new_outside_name() { return outside_ + '/' + std::to_string(made_outside_++); }

void RandomWork::write() { write_to(path(), raw::Write::anew); }

void RandomWork::append() { write_to(path(), raw::Write::behind); }

void RandomWork::truncate() { (void)raw::truncate(path()); }

void RandomWork::save_atomically() {
  const std::string path = this->path();
  write_to(path + "~", raw::Write::over);
  (void)raw::rename(path + "~", path);
}

void RandomWork::write_and_remove() {
  const std::string path = this->path();
  write_to(path, raw::Write::over);
  (void)raw::remove_file(path);
}

void RandomWork::make_directory() { (void)raw::make_directory(path()); }

void RandomWork::make_tree() {
  const std::string path = this->path() + '/' + name();
  (void)raw::make_directories(path);
  write_to(path + '/' + name(), raw::Write::over);
}

void RandomWork::rename() {
  const std::string from = path();
  (void)raw::rename(from, path());
}

void RandomWork::exchange() {
  const std::string one = path();
  (void)raw::exchange(one, path());
}

void RandomWork::move_in() {
  const std::string tree = new_outside_name();
  make_populated_tree(tree);
  (void)raw::rename(tree, path());
  (void)raw::remove_all(tree);
}

void RandomWork::move_out() {
  const std::string tree = new_outside_name();
  (void)raw::rename(path(), tree);
  (void)raw::remove_all(tree);
}

void RandomWork::move_out_and_back() {
  const std::string tree = new_outside_name();
  (void)raw::rename(path(), tree);
  write_to(tree + '/' + name(), raw::Write::over);
  (void)raw::rename(tree, path());
  (void)raw::remove_all(tree);
}

void RandomWork::unlink() { (void)raw::remove_file(path()); }

void RandomWork::remove_directory() { (void)raw::remove_directory(path()); }

void RandomWork::remove_tree() { (void)raw::remove_all(path()); }

void RandomWork::make_symlink() {
  const std::string target = name();
  (void)raw::symbolic_link(target, path());
}

void RandomWork::make_hard_link() {
  const std::string target = path();
  (void)raw::hard_link(target, path());
}

void RandomWork::make_fifo() {
  const std::string path = this->path();
  if (!raw::make_fifo(path)) return;
  // Sometimes it is used at once.
  if (below(2) == 0) (void)raw::open_fifo(path);
}

void RandomWork::change_mode() {
  const std::string path = this->path();
  (void)raw::change_mode(path, below(2) == 0 ? 0700 : 0755);
}

void RandomWork::change_times() {
  const std::int64_t accessed = below(1'000'000);
  const std::int64_t written = below(1'000'000);
  (void)raw::change_times(path(), accessed, written);
}

void work_together(std::uint64_t seed, unsigned writers, std::size_t operations, const std::string& inside,
                   const std::string& outside) {
  std::vector<std::thread> threads;
  for (unsigned writer = 0; writer < writers; ++writer) {
    const std::string outside_of_writer = outside + '/' + std::to_string(writer);
    (void)raw::make_directories(outside_of_writer);
    threads.emplace_back([=] {
      raw::survive_broken_pipes();
      RandomWork(seed * 1000 + writer, inside, outside_of_writer).run(operations / writers);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

void overflow_queue(const std::string& directory) {
  std::size_t records_max = 16384;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> records_max;
  const auto name = [&](std::size_t number) { return directory + "/overflow-" + std::to_string(number); };
  // First what does not collapse, then records to be had at little cost: two names in turn, for the kernel drops a
  // record that is like the one before it.
  constexpr std::size_t kDistinct = 1500;
  for (std::size_t number = 2; number < kDistinct; ++number) write_to(name(number), raw::Write::over);
  for (const std::size_t number : {0, 1}) write_to(name(number), raw::Write::over);
  // And more, for a reader may take some before it is full.
  for (std::size_t records = 0; records < records_max + 8192; ++records) {
    (void)raw::change_mode(name(records % 2), static_cast<unsigned>(0600 + records / 2 % 2));
  }
  for (const std::size_t number : {0, 1}) (void)raw::remove_file(name(number));
}

}  // namespace vigil::testing
