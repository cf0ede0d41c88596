#include "services/http/client.h"

#include <curl/curl.h>

#include <memory>

#include "absl/strings/ascii.h"
#include "storage/base/status.h"
#include "storage/base/text.h"

namespace suyuan::http {
namespace {

struct EasyFreed {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct MultiFreed {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

// One exchange under way. Stays where it is: libcurl holds its address.
struct Exchange {
  std::unique_ptr<CURL, EasyFreed> easy;
  size_t body_max = 0;
  bool too_long = false;
  Response response;
  CURLcode result = CURLE_OPERATION_TIMEDOUT;
};

size_t TakeBody(char* bytes, size_t size, size_t count, void* to) {
  auto* exchange = static_cast<Exchange*>(to);
  if (exchange->response.body.size() + size * count > exchange->body_max) {
    exchange->too_long = true;
    return 0;  // Ends the exchange.
  }
  exchange->response.body.append(bytes, size * count);
  return size * count;
}

void Prepare(const Outgoing& request, const ClientLimits& limits, Exchange* exchange) {
  exchange->easy.reset(curl_easy_init());
  SUYUAN_CHECK(exchange->easy != nullptr);
  exchange->body_max = limits.body_bytes_max;
  CURL* const easy = exchange->easy.get();
  const auto set = [easy](CURLoption option, auto value) {
    SUYUAN_CHECK(curl_easy_setopt(easy, option, value) == CURLE_OK);
  };
  set(CURLOPT_URL, request.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_PROXY, "");
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(absl::ToInt64Milliseconds(limits.timeout)));
  set(CURLOPT_USERAGENT, "suyuan");
  set(CURLOPT_WRITEFUNCTION, &TakeBody);
  set(CURLOPT_WRITEDATA, exchange);
  if (request.method == "GET") return;
  set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  set(CURLOPT_COPYPOSTFIELDS, request.body.c_str());
}

void RunAll(CURLM* multi) {
  int running = 1;
  while (running > 0 && curl_multi_perform(multi, &running) == CURLM_OK) {
    if (running > 0) curl_multi_poll(multi, nullptr, 0, 100, nullptr);
  }
}

absl::StatusOr<Response> ResultOf(Exchange& exchange) {
  if (exchange.too_long) return absl::ResourceExhaustedError("the answer is too long");
  if (exchange.result != CURLE_OK) {
    return absl::UnavailableError(curl_easy_strerror(exchange.result));
  }
  long status = 0;
  curl_easy_getinfo(exchange.easy.get(), CURLINFO_RESPONSE_CODE, &status);
  exchange.response.status = static_cast<int>(status);
  const char* type = nullptr;
  curl_easy_getinfo(exchange.easy.get(), CURLINFO_CONTENT_TYPE, &type);
  if (type != nullptr) exchange.response.headers.emplace_back("content-type", type);
  return std::move(exchange.response);
}

}  // namespace

std::vector<absl::StatusOr<Response>> SendAll(const std::vector<Outgoing>& requests,
                                              const ClientLimits& limits) {
  static const CURLcode kReady = curl_global_init(CURL_GLOBAL_DEFAULT);
  SUYUAN_CHECK(kReady == CURLE_OK);
  const std::unique_ptr<CURLM, MultiFreed> multi(curl_multi_init());
  std::vector<Exchange> exchanges(requests.size());
  for (size_t i = 0; i < requests.size(); ++i) {
    Prepare(requests[i], limits, &exchanges[i]);
    curl_multi_add_handle(multi.get(), exchanges[i].easy.get());
  }
  RunAll(multi.get());
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi.get(), &left)) {
    for (Exchange& exchange : exchanges) {
      if (message->msg == CURLMSG_DONE && exchange.easy.get() == message->easy_handle) {
        exchange.result = message->data.result;
      }
    }
  }
  std::vector<absl::StatusOr<Response>> answers;
  answers.reserve(exchanges.size());
  for (Exchange& exchange : exchanges) {
    answers.push_back(ResultOf(exchange));
    curl_multi_remove_handle(multi.get(), exchange.easy.get());
  }
  return answers;
}

}  // namespace suyuan::http
