#include "tests/support/http.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include "absl/strings/ascii.h"
#include "storage/base/text.h"

namespace suyuan::test {

HttpAnswer SendRaw(int port, const std::string& raw, bool head) {
  namespace asio = boost::asio;
  namespace beast = boost::beast;
  asio::io_context context;
  asio::ip::tcp::socket socket(context);
  beast::error_code error;
  socket.connect({asio::ip::make_address("127.0.0.1"), static_cast<uint16_t>(port)}, error);
  if (!error) asio::write(socket, asio::buffer(raw), error);
  beast::flat_buffer buffer;
  beast::http::response_parser<beast::http::string_body> parser;
  parser.skip(head);
  parser.body_limit(64 << 20);
  beast::http::read(socket, buffer, parser, error);
  HttpAnswer answer;
  if (!parser.is_header_done()) return answer;
  const auto& message = parser.get();
  answer.status = static_cast<int>(message.result_int());
  for (const auto& field : message) {
    answer.headers[absl::AsciiStrToLower(std::string(field.name_string()))] =
        std::string(field.value());
  }
  answer.body = message.body();
  return answer;
}

HttpAnswer Fetch(int port, const std::string& method, const std::string& target,
                 const std::map<std::string, std::string>& headers, const std::string& body) {
  std::string raw = StrCat(method, " ", target, " HTTP/1.1\r\nHost: localhost\r\n");
  for (const auto& [name, value] : headers) StrAppend(&raw, name, ": ", value, "\r\n");
  if (!body.empty()) StrAppend(&raw, "Content-Length: ", body.size(), "\r\n");
  StrAppend(&raw, "\r\n", body);
  return SendRaw(port, raw, method == "HEAD");
}

}  // namespace suyuan::test
