// A host of golden/resources-twice, between a plugin's messages and its own. Compiled, not run.
#include "resources-twice.h"

#include <utility>

namespace {

namespace messages = acme::relay::messages;
namespace handler = acme::relay::handler;
namespace types = acme::relay::types;

class Message final : public messages::Message {
  mortise::Result<std::vector<messages::Header>> headers(mortise::CallContext&) override {
    return std::vector<messages::Header>{};
  }
  mortise::Result<std::optional<std::unique_ptr<messages::Message>>> parent(
      mortise::CallContext&) override {
    return std::nullopt;
  }
};

class Messages final : public messages::Host {
  mortise::Result<std::unique_ptr<messages::Message>> new_message(
      mortise::CallContext&, mortise::ListView<messages::HeaderRef>) override {
    return std::make_unique<Message>();
  }
  mortise::Result<std::unique_ptr<messages::Message>> message_join(
      mortise::CallContext&, std::vector<std::unique_ptr<messages::Message>> all) override {
    return std::move(all.front());
  }
};

class Handler final : public handler::Host {
  mortise::Outcome<std::unique_ptr<messages::Message>, std::string> handle(
      mortise::CallContext&, std::unique_ptr<messages::Message> message,
      const messages::HeaderRef&) override {
    return message;
  }
  mortise::Result<std::uint32_t> all(mortise::CallContext&,
                                     std::vector<messages::Sent> sent) override {
    return static_cast<std::uint32_t>(sent.size());
  }
};

class Request final : public types::Request {
  mortise::Result<std::string> path(mortise::CallContext&) override { return "/"; }
};
class Response final : public types::Response {};

class Types final : public types::Host {
  mortise::Result<std::unique_ptr<types::Response>> new_response(mortise::CallContext&,
                                                                 std::uint16_t) override {
    return std::make_unique<Response>();
  }
};

class Incoming final : public acme::relay::incoming::Host {
  mortise::Result<std::unique_ptr<types::Response>> handle(
      mortise::CallContext&, std::unique_ptr<types::Request>) override {
    return std::make_unique<Response>();
  }
};

class Log final : public acme::relay::log::Host {
  mortise::Result<void> write(mortise::CallContext&, const acme::relay::log::LineRef&) override {
    return {};
  }
};

bool use(mortise::Instance<acme::relay::Relay>& instance) {
  const messages::Header header{.name = "a", .kind = messages::exported::Kind::text};
  auto message = instance.messages().new_message(std::vector{header});
  if (!message) return false;
  (void)message->headers(mortise::view, [](auto headers) { return headers.size(); });
  if (auto parent = message->parent(); parent && *parent) (void)(*parent)->headers();
  Request request;
  (void)instance.audit().check(*message, request);
  auto handled = instance.handler().handle(*std::move(message), header);
  if (!handled) return false;
  std::vector<messages::exported::Sent> sent;
  sent.push_back({.message = *std::move(handled), .header = header});
  (void)instance.handler().all(std::move(sent));
  auto response = instance.incoming().handle(std::make_unique<Request>());
  (void)instance.log().write({.text = "done"});
  return response && *response != nullptr;
}

}  // namespace

int main() {
  const mortise::Engine engine;
  Messages messages;
  Handler handler;
  Types types;
  Incoming incoming;
  Log log;
  auto plugin = mortise::Plugin<acme::relay::Relay>::load(
      engine, "relay.wasm",
      {.messages = messages, .handler = handler, .types = types, .incoming = incoming, .log = log});
  if (!plugin) return 1;
  auto instance = plugin->instantiate();
  return instance && use(*instance) ? 0 : 1;
}
