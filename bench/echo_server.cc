#include "bench/echo_server.h"

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include "bench/echo.grpc.pb.h"
#include "services/runtime/app/server.h"
#include "services/runtime/app/signals.h"

namespace assay::bench {
namespace {

class EchoService final : public v1::EchoService::CallbackService {
 public:
  explicit EchoService(size_t bytes) : strong_answer_(EchoOf(bytes).strong_answer()) {}

  grpc::ServerUnaryReactor* GetEcho(grpc::CallbackServerContext* context, const v1::GetEchoRequest*, v1::Echo* answer) override {
    Fill(*answer);
    answer->set_strong_answer(strong_answer_);
    return Finished(context);
  }

  grpc::ServerUnaryReactor* BatchGetEchoes(grpc::CallbackServerContext* context, const v1::BatchGetEchoesRequest* request,
                                           v1::BatchGetEchoesResponse* answer) override {
    for (int i = 0; i < request->names_size(); ++i) {
      v1::Echo& echo = *answer->add_echoes();
      Fill(echo);
      echo.set_strong_answer(strong_answer_);
    }
    return Finished(context);
  }

  // Everything but the strong answer, which takes up the rest of the size.
  static void Fill(v1::Echo& answer) {
    static const std::string kPrompt(120, 'p'), kConcept(40, 'c'), kWeak(150, 'w'), kCue(200, 'r'), kProbe(100, 'x');
    answer.set_name("questions/q037");
    answer.set_prompt(kPrompt);
    for (int i = 0; i < 6; ++i) answer.add_concepts(kConcept);
    answer.set_weak_answer(kWeak);
    answer.set_cue(kCue);
    answer.set_probe(kProbe);
    for (int i = 0; i < 4; ++i) answer.add_tags("system-design");
  }

 private:
  static grpc::ServerUnaryReactor* Finished(grpc::CallbackServerContext* context) {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  const std::string strong_answer_;
};

}  // namespace

v1::Echo EchoOf(size_t bytes) {
  v1::Echo answer;
  EchoService::Fill(answer);
  // The length prefix grows with the text, so it is approached from below.
  while (answer.ByteSizeLong() < bytes) {
    const size_t missing = bytes - answer.ByteSizeLong();
    answer.mutable_strong_answer()->append(missing > 8 ? missing - 4 : 1, 's');
  }
  return answer;
}

int ServeEcho(int port, size_t bytes) {
  runtime::BlockSignals();
  runtime::StopSignal stop;
  EchoService service(bytes);
  runtime::ServerOptions options;
  options.listen = fmt::format("127.0.0.1:{}", port);
  auto server = runtime::Server::Start(options, {&service});
  if (!server.ok()) {
    fmt::print(stderr, "{}\n", std::string(server.status().message()));
    return 1;
  }
  (*server)->SetReady(true);
  stop.Wait();
  (*server)->Shutdown(std::chrono::steady_clock::now() + std::chrono::seconds(1));
  return 0;
}

}  // namespace assay::bench
