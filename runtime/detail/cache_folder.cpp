#include <mortise/runtime/detail/cache_folder.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <tuple>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mortise/contract/text.h>
#include <mortise/runtime/detail/explain.h>

namespace mortise::detail {

namespace {

using Kind = Error::Kind;

// A hit is written down where the last one was longer ago than this.
constexpr std::chrono::seconds kTouchAfter{60};

Error refusal(Kind kind, const std::string& path, std::string_view why) {
  return {kind, concat("the code cache ", escape(path), " is not used: ", why)};
}
Error unreadable(const std::string& path) {
  return {Kind::io,
          concat("the code cache ", escape(path), " cannot be read: ", system_text(errno))};
}

// The folder and those above it, as `mkdir -p` makes them, but for the owner alone.
bool make_folder(const std::string& path) {
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string part = path.substr(0, end);
    if (::mkdir(part.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
      const int why = errno;
      // One above it may be there, and be on a disk that cannot be written to.
      struct ::stat info{};
      const bool is_there = ::stat(part.c_str(), &info) == 0;
      errno = why;
      if (!is_there) return false;
    }
    if (end == std::string::npos) return true;
  }
}

std::chrono::system_clock::time_point time_of(const timespec& time) {
  return std::chrono::system_clock::time_point(
      std::chrono::duration_cast<std::chrono::system_clock::duration>(
          std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec)));
}

void touch(const OwnFile& own) {
  const auto now = std::chrono::system_clock::now();
  const auto before = time_of(own.used);
  // A time to come, of a clock that was set back since, would keep it for ever.
  if (now - before < kTouchAfter && before <= now) return;
  ::futimens(own.file.fd(), nullptr);
}

bool older(const Listed& a, const Listed& b) {
  return std::tie(a.used.tv_sec, a.used.tv_nsec, a.name) <
         std::tie(b.used.tv_sec, b.used.tv_nsec, b.name);
}

// Removes what ended processes left of the drafts. How many.
std::uint64_t sweep(int folder, std::vector<Listed>& all) {
  return std::erase_if(all, [&](const Listed& one) {
    return is_draft(one.name) && is_left(folder, one.name) &&
           ::unlinkat(folder, one.name.c_str(), 0) == 0;
  });
}

}  // namespace

EntryParts KeptEntry::parts() const {
  const std::span all(rest);
  const std::span name = all.subspan(head.contract);
  return {.footprint = head.footprint,
          .code = {mortise_code_data(code.get()), head.code},
          .contract = all.first(head.contract),
          .name = {reinterpret_cast<const char*>(name.data()), name.size()}};  // bytes as text
}

Result<CacheFolder> CacheFolder::open(const std::string& path) {
  if (!make_folder(path))
    return std::unexpected(
        refusal(Kind::io, path, concat("it cannot be made: ", system_text(errno))));
  File folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder) {
    // What open() says of a link depends on the system.
    struct ::stat info{};
    if (::lstat(path.c_str(), &info) == 0 && S_ISLNK(info.st_mode))
      return std::unexpected(
          refusal(Kind::denied, path, "it is a symbolic link; name the folder that it leads to"));
    return std::unexpected(
        refusal(Kind::io, path, concat("it cannot be opened: ", system_text(errno))));
  }
  struct ::stat info{};
  if (::fstat(folder.fd(), &info) != 0)
    return std::unexpected(refusal(Kind::io, path, system_text(errno)));
  if (info.st_uid != ::geteuid())
    return std::unexpected(
        refusal(Kind::denied, path,
                concat("it belongs to user ", info.st_uid, ", and this process is of user ",
                       ::geteuid(), "; name a folder of this user's own")));
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return std::unexpected(
        refusal(Kind::denied, path, "others may write to it; `chmod go-w` it, and clear it"));
  const std::expected<Digest, std::string> secret = secret_of(folder.fd());
  if (!secret) return std::unexpected(refusal(Kind::io, path, secret.error()));
  return CacheFolder(path, std::move(folder), *secret);
}

namespace {

// An entry that is whole, and sealed for this key.
Found read_entry(const OwnFile& own, const CacheKey& key, const Digest& secret, KeptEntry& out) {
  if (own.bad) return Found::bad;
  if (!own.file) return Found::nothing;
  const int file = own.file.fd();
  std::array<std::uint8_t, EntryHead::kSize> first{};
  Found found = read_at(file, 0, first.data(), first.size());
  if (found != Found::good) return found;
  const std::optional<EntryHead> head = EntryHead::read(first, own.size);
  if (!head || head->key != key) return Found::bad;
  mortise_code_t* code = nullptr;
  if (const EngineError error(mortise_code_new(head->code, &code)); error) {
    errno = ENOMEM;
    return Found::nothing;
  }
  out.head = *head;
  out.code.reset(code);
  out.rest.resize(head->contract + head->name);
  found = read_at(file, first.size(), mortise_code_data(code), head->code);
  if (found == Found::good)
    found = read_at(file, first.size() + head->code, out.rest.data(), out.rest.size());
  if (found != Found::good) return found;
  return is_sealed(*head, out.parts(), secret) ? Found::good : Found::bad;
}

}  // namespace

Found CacheFolder::read(const CacheKey& key, KeptEntry& out) const {
  const OwnFile own = open_own(folder_.fd(), key.text());
  const Found found = read_entry(own, key, secret_, out);
  if (found == Found::bad) remove(key);
  if (found == Found::good) touch(own);
  return found;
}

void CacheFolder::remove(const CacheKey& key) const {
  ::unlinkat(folder_.fd(), key.text().c_str(), 0);
}

namespace {

// All are looked at for each that is written, under the lock: 2 us each.
constexpr std::size_t kMostEntries = 10'000;

// Room for an entry of so many bytes: what was used the longest ago goes, and is counted. False:
// there is none; nothing goes where others are just writing too much.
bool make_room(int folder, std::uint64_t size, std::uint64_t most, std::uint64_t& evicted) {
  std::optional<std::vector<Listed>> all = list(folder);
  if (!all) return false;
  sweep(folder, *all);
  std::uint64_t total = size;
  std::uint64_t drafts = size;
  for (const Listed& one : *all) {
    total += one.size;
    if (is_draft(one.name)) drafts += one.size;
  }
  if (drafts > most) return false;
  std::ranges::sort(*all, older);
  std::size_t count = all->size();
  for (const Listed& one : *all) {
    if (total <= most && count < kMostEntries) break;
    if (is_draft(one.name) || ::unlinkat(folder, one.name.c_str(), 0) != 0) continue;
    total -= one.size;
    --count;
    ++evicted;
  }
  return total <= most;
}

}  // namespace

CacheFolder::Stored CacheFolder::write(const CacheKey& key, const EntryParts& parts,
                                       std::uint64_t most) const {
  Stored stored;
  const EntryHead head = sealed(key, parts, secret_);
  if (head.file_size() > most) return stored;
  const std::string name = key.text();
  std::optional<Draft> draft;
  {
    const FolderLock lock(folder_.fd());
    if (!lock || !make_room(folder_.fd(), head.file_size(), most, stored.evicted)) return stored;
    // It takes the room, so that the lock need not be held until it is filled.
    draft.emplace(folder_.fd(), name, head.file_size());
  }
  const auto first = head.bytes();
  const std::span text(reinterpret_cast<const std::uint8_t*>(parts.name.data()),  // as its bytes
                       parts.name.size());
  // It is not brought to the disk by force: what a crash of the machine leaves of it has no seal.
  stored.done = *draft && write_all(draft->fd(), first) && write_all(draft->fd(), parts.code) &&
                write_all(draft->fd(), parts.contract) && write_all(draft->fd(), text) &&
                draft->publish(name);
  return stored;
}

Result<std::vector<CacheEntry>> CacheFolder::entries() const {
  std::optional<std::vector<Listed>> all = list(folder_.fd());
  if (!all) return std::unexpected(unreadable(path_));
  std::ranges::sort(*all, [](const Listed& a, const Listed& b) { return older(b, a); });
  std::vector<CacheEntry> out;
  for (const Listed& one : *all) {
    const auto key = CacheKey::of(one.name);
    if (!key) continue;  // a draft
    CacheEntry entry{.plugin = {}, .key = one.name, .size = {one.size}, .used = time_of(one.used)};
    KeptEntry kept;
    const OwnFile own = open_own(folder_.fd(), one.name);
    if (read_entry(own, *key, secret_, kept) == Found::good)
      entry.plugin = escape(kept.parts().name);
    out.push_back(std::move(entry));
  }
  return out;
}

Result<CacheTotal> CacheFolder::clear() const {
  std::optional<std::vector<Listed>> all = list(folder_.fd());
  if (!all) return std::unexpected(unreadable(path_));
  CacheTotal total{.leftovers = sweep(folder_.fd(), *all)};
  for (const Listed& one : *all) {
    if (is_draft(one.name)) continue;
    if (::unlinkat(folder_.fd(), one.name.c_str(), 0) != 0 && errno != ENOENT)
      return std::unexpected(
          Error(Kind::io, concat("the code cache ", escape(path_), " cannot be cleared: ", one.name,
                                 ": ", system_text(errno))));
    ++total.entries;
    total.size.count += one.size;
  }
  return total;
}

Result<CacheTotal> CacheFolder::verify() const {
  std::optional<std::vector<Listed>> all = list(folder_.fd());
  if (!all) return std::unexpected(unreadable(path_));
  CacheTotal total{.leftovers = sweep(folder_.fd(), *all)};
  for (const Listed& one : *all) {
    const auto key = CacheKey::of(one.name);
    if (!key) continue;  // a draft
    KeptEntry kept;
    const OwnFile own = open_own(folder_.fd(), one.name);
    const Found found = read_entry(own, *key, secret_, kept);
    if (found == Found::nothing && errno != ENOENT)  // else it has gone
      return std::unexpected(
          Error(Kind::io, concat("the code cache ", escape(path_),
                                 " cannot be verified: ", one.name, ": ", system_text(errno))));
    if (found == Found::bad) {
      remove(*key);
      ++total.removed;
    }
    if (found == Found::good) {
      ++total.entries;
      total.size.count += own.size;
    }
  }
  return total;
}

}  // namespace mortise::detail
