// Calls of a process over a bare pair of Unix sockets: two system calls on each side, two changes
// of process, and no more. Any design pays that whose plugins are processes that sleep until they
// are called. Prints nanoseconds per call; see measure.h. GUEST is not used.
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/cores.h"
#include "bench/measure.h"
#include "bench/native_plugin.h"

namespace {

// Before each message: how long what follows is. One machine, one program: as it lies in memory.
struct Request {
  std::uint32_t input = 0;
  std::uint32_t name = 0;
  std::uint32_t version = 0;
  std::uint32_t priority = 0;
};
struct Answer {
  std::uint32_t is_error = 0;
  std::uint32_t text = 0;
};

// One end of the pair, with room for a message.
class Socket {
 public:
  explicit Socket(int fd) : fd_(fd), room_(1 << 18) {}

  // Sends all parts as one.
  template <std::size_t N>
  void send(iovec (&parts)[N]) const {
    std::size_t all = 0;
    for (const iovec& part : parts) all += part.iov_len;
    // The socket blocks, so that a message goes whole.
    if (::writev(fd_, parts, N) != static_cast<ssize_t>(all)) bench::fail("a message was cut");
  }

  // Reads one message: a header and what it says follows. False: the other side is gone.
  template <class Header, class Size>
  bool receive(Header& header, std::string_view& body, Size&& size) {
    std::size_t have = 0;
    std::size_t want = sizeof header;
    while (have < want) {
      const ssize_t n = ::read(fd_, room_.data() + have, room_.size() - have);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return false;
      have += static_cast<std::size_t>(n);
      if (have < sizeof header) continue;
      std::memcpy(&header, room_.data(), sizeof header);
      want = sizeof header + size(header);
      if (want > room_.size()) bench::fail("a message is too long");
    }
    body = {room_.data() + sizeof header, want - sizeof header};
    return true;
  }

 private:
  int fd_;
  std::vector<char> room_;
};

iovec bytes_of(std::string_view text) {
  return {.iov_base = const_cast<char*>(text.data()), .iov_len = text.size()};  // NOLINT: only read
}
template <class Header>
iovec bytes_of(Header& header) {
  return {.iov_base = &header, .iov_len = sizeof header};
}

// The plugin's side. Ends when the host's is closed.
[[noreturn]] void serve(int fd) {
  Socket socket(fd);
  Request request;
  std::string_view body;
  const auto size = [](const Request& r) { return std::size_t{r.input} + r.name + r.version; };
  while (socket.receive(request, body, size)) {
    const bench::Metadata meta{.name = body.substr(request.input, request.name),
                               .version = body.substr(request.input + request.name),
                               .priority = request.priority};
    const auto out = (*native_process_data())(body.substr(0, request.input), meta);
    const std::string& text = out ? *out : out.error();
    Answer answer{.is_error = !out, .text = static_cast<std::uint32_t>(text.size())};
    iovec parts[] = {bytes_of(answer), bytes_of(std::string_view(text))};
    socket.send(parts);
  }
  std::_Exit(0);
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Run run(argc, argv);
  if (run.what() != "owned") bench::fail("no such case");
  const bench::Cores cores = bench::cores_named(run.how());

  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    bench::fail("there is no pair of sockets");
  const pid_t server = ::fork();
  if (server < 0) bench::fail("there is no second process");
  if (server == 0) {
    ::close(ends[0]);
    bench::pin_to(cores.server);
    serve(ends[1]);
  }
  ::close(ends[1]);
  bench::pin_to(cores.client);
  Socket socket(ends[0]);

  const std::string input = run.input();
  const bench::Metadata meta{.name = "AnalyticsEngine", .version = "1.0.2", .priority = 1};
  const auto call = [&](std::string_view text) {
    Request request{.input = static_cast<std::uint32_t>(text.size()),
                    .name = static_cast<std::uint32_t>(meta.name.size()),
                    .version = static_cast<std::uint32_t>(meta.version.size()),
                    .priority = meta.priority};
    iovec parts[] = {bytes_of(request), bytes_of(text), bytes_of(meta.name),
                     bytes_of(meta.version)};
    socket.send(parts);
    Answer answer;
    std::string_view body;
    const auto size = [](const Answer& a) { return std::size_t{a.text}; };
    if (!socket.receive(answer, body, size) || answer.is_error != 0) bench::fail("a call failed");
    return std::string(body);
  };

  if (call(input) != bench::upper_cased(input)) bench::fail("a wrong answer");
  run.time([&] { return call(input).size(); });
  ::close(ends[0]);
  ::waitpid(server, nullptr, 0);
}
