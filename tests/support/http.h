// One HTTP request over a connection of its own, as a stranger makes it.
#pragma once

#include <map>
#include <string>

namespace suyuan::test {

struct HttpAnswer {
  int status = 0;                              // 0: the connection was closed without an answer.
  std::map<std::string, std::string> headers;  // Names in lower case.
  std::string body;
};

// Sends `raw` as it is and reads what comes back until it is whole or the peer closes.
HttpAnswer SendRaw(int port, const std::string& raw, bool head = false);

// A well-formed request.
HttpAnswer Fetch(int port, const std::string& method, const std::string& target,
                 const std::map<std::string, std::string>& headers = {},
                 const std::string& body = "");

}  // namespace suyuan::test
