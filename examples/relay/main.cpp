// A server between a socket and a plugin that never holds a payload: it is received straight into
// the plugin's memory, and the answer is sent straight out of it.
#include <unistd.h>

#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "frames.h"
#include "plugin_world.h"

using techbytes::plugins::PluginWorld;
using techbytes::plugins::processor::MetadataRef;
using Plugin = mortise::Plugin<PluginWorld>;
using Instance = mortise::Instance<PluginWorld>;

namespace {

constexpr MetadataRef kMeta{.name = "Relay", .version = "1.0.0", .priority = 1};

// One request, one answer.
mortise::Result<bool> relay(Instance& instance, int socket, std::uint32_t size) {
  return instance.processor().process_data(
      mortise::view,
      mortise::produce(size, [&](std::span<char> room) { return read_all(socket, room); }), kMeta,
      [&](std::expected<std::string_view, std::string_view> answer) {
        return answer ? write_frame(socket, kAnswer, *answer)
                      : write_frame(socket, kRefusal, answer.error());
      });
}

// Until the other end has no more requests.
mortise::Result<void> serve(const Plugin& plugin, int socket) {
  auto instance = plugin.instantiate();
  Head head{};
  while (instance && read_head(socket, head)) {
    // A length is a stranger's word, too.
    if (head.size > kLargest) return {};
    const auto sent = relay(*instance, socket, head.size);
    if (sent && *sent) continue;
    if (sent || !write_frame(socket, kFailure, sent.error().message())) return {};
    instance = plugin.instantiate();
  }
  if (!instance) return std::unexpected(std::move(instance).error());
  return {};
}

// The other end: sends each text, and prints what comes back.
void ask(int socket, const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    Head head{};
    if (!write_frame(socket, kAnswer, text) || !read_head(socket, head)) break;
    std::string answer(head.size, '\0');
    if (!read_all(socket, answer)) break;
    if (answer.size() > 200) answer = std::to_string(answer.size()) + " bytes";
    std::cout << (head.status == kAnswer    ? "answer: "
                  : head.status == kRefusal ? "refusal: "
                                            : "failure: ")
              << answer << '\n';
  }
  close(socket);
}

}  // namespace

int main(int argc, char** argv) {
  const mortise::Engine engine;
  const auto plugin =
      Plugin::load(engine, argc > 1 ? argv[1] : "processor.wasm", PluginWorld::Imports{});
  if (!plugin) return std::cerr << plugin.error().to_string() << '\n', 1;

  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return std::cerr << "no sockets\n", 1;
  const std::vector<std::string> texts{"hello techbytes", "", std::string(65536, 'x'),
                                       "no text: \xFF", "and on"};
  const std::jthread client([&] { ask(ends[1], texts); });
  const auto served = serve(*plugin, ends[0]);
  close(ends[0]);
  if (!served) return std::cerr << served.error().to_string() << '\n', 1;
}
