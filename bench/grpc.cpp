// Calls of a plugin that is a process of its own, through gRPC over a Unix socket: unary calls, one
// after the other. Prints nanoseconds per call; see measure.h. GUEST is not used.
//
// gRPC at its best: without what it lets one leave out, and with the server that was measured to be
// the faster: on one core the one with threads (35 us against 38), on two the one with callbacks
// (40 to 65 us against 50 to 90).
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <grpcpp/grpcpp.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/cores.h"
#include "bench/measure.h"
#include "bench/native_plugin.h"
#include "processor.grpc.pb.h"

namespace {

namespace proto = mortise::bench;

void process_data(const proto::Request& request, proto::Answer& answer) {
  const proto::Metadata& meta = request.meta();
  auto out = (*native_process_data())(
      request.input(),
      {.name = meta.name(), .version = meta.version(), .priority = meta.priority()});
  if (out)
    answer.set_ok(*std::move(out));
  else
    answer.set_error(std::move(out).error());
}

class WithThreads final : public proto::Processor::Service {
  grpc::Status ProcessData(grpc::ServerContext*, const proto::Request* request,
                           proto::Answer* answer) override {
    process_data(*request, *answer);
    return grpc::Status::OK;
  }
};

class WithCallbacks final : public proto::Processor::CallbackService {
  grpc::ServerUnaryReactor* ProcessData(grpc::CallbackServerContext* context,
                                        const proto::Request* request,
                                        proto::Answer* answer) override {
    process_data(*request, *answer);
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

// The plugin's process: says on `host` that it is ready, and ends when the host is gone.
[[noreturn]] void serve(const std::string& address, std::string_view how, int host) {
  WithThreads with_threads;
  WithCallbacks with_callbacks;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials());
  builder.AddChannelArgument(GRPC_ARG_MINIMAL_STACK, 1);
  if (how == "one-core")
    builder.RegisterService(&with_threads);
  else
    builder.RegisterService(&with_callbacks);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  char byte = 0;
  if (server && ::write(host, &byte, 1) == 1)
    while (::read(host, &byte, 1) > 0) continue;
  std::_Exit(0);
}

// A folder for the socket, gone at the end.
class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / "mortise-bench-XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) bench::fail("there is no temporary folder");
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { remove(); }

  void remove() const {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::string socket() const { return "unix:" + path_ + "/socket"; }

 private:
  std::string path_;
};

// Starts this program as the server, which has the other end of what is returned as its input.
int start(const bench::Run& run, int core, const std::string& address, pid_t& server) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    bench::fail("there is no pair of sockets");
  server = ::fork();
  if (server < 0) bench::fail("there is no second process");
  if (server == 0) {
    bench::pin_to(core);
    ::dup2(ends[1], STDIN_FILENO);
    ::execl("/proc/self/exe", "bench_grpc", "serve", address.c_str(),
            std::string(run.how()).c_str(), nullptr);
    std::_Exit(1);
  }
  ::close(ends[1]);
  return ends[0];
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view first = argc > 1 ? argv[1] : "";
  if (argc == 4 && first == "serve") serve(argv[2], argv[3], STDIN_FILENO);
  if (argc == 2 && first == "version") {
    std::puts(grpc::Version().c_str());
    return 0;
  }
  const bench::Run run(argc, argv);
  if (run.what() != "owned") bench::fail("no such case");
  const bench::Cores cores = bench::cores_named(run.how());

  // Before gRPC has threads. Static: gone after fail(), too.
  static const Folder folder;
  pid_t server = 0;
  const int plugin = start(run, cores.server, folder.socket(), server);
  bench::pin_to(cores.client);
  char byte = 0;
  if (::read(plugin, &byte, 1) != 1) bench::fail("the server does not start");

  grpc::ChannelArguments options;
  options.SetInt(GRPC_ARG_MINIMAL_STACK, 1);
  options.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  const auto channel =
      grpc::CreateCustomChannel(folder.socket(), grpc::InsecureChannelCredentials(), options);
  const auto stub = proto::Processor::NewStub(channel);
  const std::string input = run.input();
  // Made once, as the record of metadata is elsewhere.
  proto::Request request;
  proto::Metadata& meta = *request.mutable_meta();
  meta.set_name("AnalyticsEngine");
  meta.set_version("1.0.2");
  meta.set_priority(1);
  const auto call = [&] {
    request.set_input(input);
    grpc::ClientContext context;
    proto::Answer answer;
    const grpc::Status status = stub->ProcessData(&context, request, &answer);
    if (!status.ok()) bench::fail(status.error_message());
    return std::move(*answer.mutable_ok());
  };

  if (call() != bench::upper_cased(input)) bench::fail("a wrong answer");
  folder.remove();  // they are connected
  run.time([&] { return call().size(); });
  ::close(plugin);
  ::waitpid(server, nullptr, 0);
}
