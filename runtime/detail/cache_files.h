// Files of a code cache: opened below the folder's descriptor, and looked at by their own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/stat.h>

#include <mortise/runtime/detail/cache_entry.h>
#include <mortise/runtime/detail/file.h>

namespace mortise::detail {

// One that this user alone could have written. `bad`: there is something of that name, and it is
// none.
struct OwnFile {
  File file{};
  std::uint64_t size = 0;
  timespec used{};
  bool bad = false;
};
OwnFile open_own(int folder, const std::string& name);

// So many bytes from there. False: there are fewer, or they cannot be read.
bool read_at(int file, std::uint64_t at, std::uint8_t* to, std::size_t size);
// False: the disk is full, or the like.
bool write_all(int file, std::span<const std::uint8_t> bytes);

// A new file that its writer has locked, and that is removed unless it was given its name.
class Draft {
 public:
  Draft(int folder, const std::string& for_name);
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  ~Draft();

  explicit operator bool() const { return static_cast<bool>(file_); }
  [[nodiscard]] int fd() const { return file_.fd(); }
  [[nodiscard]] const std::string& name() const { return name_; }
  // In place of what has that name.
  bool publish(const std::string& as);

 private:
  int folder_;
  std::string name_;
  File file_;
};
bool is_draft(std::string_view name);
// One whose writer has ended: it holds no lock any more.
bool is_left(int folder, const std::string& draft);

// What of a folder is locked against other processes, and other threads. Waits a second at most:
// nobody stands still for a process that was stopped while it held the lock.
class FolderLock {
 public:
  explicit FolderLock(int folder);
  explicit operator bool() const { return held_; }

 private:
  File file_;
  bool held_ = false;
};

struct Listed {
  std::string name;
  std::uint64_t size = 0;
  timespec used{};
};
// Entries and drafts. Nothing, where the folder cannot be read.
std::optional<std::vector<Listed>> list(int folder);

// The secret of a folder: what is there, or a new one. Nothing, where that cannot be written.
std::optional<Digest> secret_of(int folder);

}  // namespace mortise::detail
