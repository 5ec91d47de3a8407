// Frames on a stream socket: a status and a length, then so many bytes. As fits an example: both
// ends are one program, so the numbers are as they lie.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

struct Head {
  std::uint32_t status;
  std::uint32_t size;
};
enum Status : std::uint32_t { kAnswer, kRefusal, kFailure };
constexpr std::uint32_t kLargest = 1 << 20;

// All of `room`, or false: the other end is gone.
inline bool read_all(int socket, std::span<char> room) {
  while (!room.empty()) {
    const ssize_t got = recv(socket, room.data(), room.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    room = room.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

inline bool read_head(int socket, Head& head) {
  return read_all(socket, {reinterpret_cast<char*>(&head), sizeof head});  // bytes, as they lie
}

// Head and text in one system call, where the socket takes them.
inline bool write_frame(int socket, Status status, std::string_view text) {
  Head head{.status = status, .size = static_cast<std::uint32_t>(text.size())};
  std::array<iovec, 2> parts{
      {{.iov_base = &head, .iov_len = sizeof head},
       // sendmsg only reads, but has no type that says so.
       {.iov_base = const_cast<char*>(text.data()), .iov_len = text.size()}}};
  std::size_t first = 0;
  while (first < parts.size()) {
    msghdr message{};
    message.msg_iov = &parts[first];
    message.msg_iovlen = parts.size() - first;
    const ssize_t sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    auto left = static_cast<std::size_t>(sent);
    while (first < parts.size() && left >= parts[first].iov_len) left -= parts[first++].iov_len;
    if (first < parts.size()) {
      parts[first].iov_base = static_cast<char*>(parts[first].iov_base) + left;
      parts[first].iov_len -= left;
    }
  }
  return true;
}
