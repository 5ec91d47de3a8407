// Files of a code cache: opened below the folder's descriptor, and looked at by their own.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include <sys/stat.h>

#include <mortise/runtime/detail/cache_entry.h>
#include <mortise/runtime/detail/file.h>

namespace mortise::detail {

// What was looked for. Nothing: it is not there, or cannot be read just now, as where there is no
// memory; errno says which. That says nothing bad of it.
enum class Found : std::uint8_t { nothing, good, bad };

// One that this user alone could have written. `bad`: there is something of that name, and it is
// none. Where there is no file otherwise, errno says why.
struct OwnFile {
  File file{};
  std::uint64_t size = 0;
  timespec used{};
  mode_t mode = 0;
  bool bad = false;
};
OwnFile open_own(int folder, const std::string& name);

// So many bytes from there. Bad: there are fewer.
Found read_at(int file, std::uint64_t at, std::uint8_t* to, std::size_t size);
// False: the disk is full, or the like.
bool write_all(int file, std::span<const std::uint8_t> bytes);

// A new file that its writer has locked, and that is removed unless it was given its name. It has
// its size from the beginning, so that whoever adds up what is there counts all of it.
class Draft {
 public:
  Draft(int folder, const std::string& for_name, std::uint64_t size);
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  ~Draft() { remove(); }

  explicit operator bool() const { return static_cast<bool>(file_); }
  [[nodiscard]] int fd() const { return file_.fd(); }
  [[nodiscard]] const std::string& name() const { return name_; }
  // In place of what has that name.
  bool publish(const std::string& as);

 private:
  void remove();

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
  explicit operator bool() const { return error_ == 0; }
  // What is the matter, where it is not held.
  [[nodiscard]] std::string why() const;

 private:
  File file_;
  int error_ = 0;
};

struct Listed {
  std::string name;
  std::uint64_t size = 0;
  timespec used{};
};
// Entries and drafts. Nothing, where the folder cannot be read.
std::optional<std::vector<Listed>> list(int folder);

// The secret of a folder: what is there, or a new one where there is none that is any good. Else
// what is the matter: "its secret cannot be read: Too many open files".
std::expected<Digest, std::string> secret_of(int folder);

}  // namespace mortise::detail
