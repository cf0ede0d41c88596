// C16: one line an event, whatever stands in its fields.
#include "storage/base/log.h"

#include <boost/json.hpp>
#include <sstream>

#include "tests/support/test.h"

namespace suyuan {
namespace {

// What was written, line by line.
std::vector<std::string> Logged(std::string_view key, const std::string& value) {
  testing::internal::CaptureStderr();
  log::Warning("something happened", {{key, value}});
  std::vector<std::string> lines;
  std::istringstream written(testing::internal::GetCapturedStderr());
  for (std::string line; std::getline(written, line);) lines.push_back(line);
  return lines;
}

TEST(LogTest, C16_WhateverStandsInAFieldAnEventIsOneLineThatSaysIt) {
  for (const std::string& text :
       {std::string("a\r\nb"), std::string("\n{\"level\":\"info\"}"),
        std::string("\",\"level\":\"info"), std::string("\\"), std::string("\\\",\"x\":\""),
        std::string("\x1b[2J\x1b[31mred"), std::string("a\0b", 3), std::string("\x7f"),
        std::string("\u009b31m"), std::string("a\u2028b\u2029c"), std::string("\u202egpj.exe"),
        std::string("\u200b\ufeff"), std::string("禄丰 豇豆 𠮷"), std::string(100'000, '\n')}) {
    const std::vector<std::string> lines = Logged("name", text);
    ASSERT_EQ(lines.size(), 1u) << text;
    const boost::json::value event = boost::json::parse(lines[0]);
    EXPECT_EQ(event.as_object().size(), 4u) << lines[0];
    EXPECT_EQ(event.at("level").as_string(), "warning");
    EXPECT_EQ(event.at("name").as_string(), text);
    for (const char* raw : {"\x1b", "\x7f", "\u009b", "\u2028", "\u2029", "\u202e", "\r"}) {
      EXPECT_EQ(lines[0].find(raw), std::string::npos);
    }
  }
}

TEST(LogTest, C16_BytesThatAreNoTextAreShownAsSuch) {
  for (const std::string& bytes :
       {std::string("\xff"), std::string("\x9b"), std::string("\xc0\x8a"),
        std::string("\xed\xa0\x80"), std::string("\xe7\xa6")}) {
    const boost::json::value event = boost::json::parse(Logged("name", "a" + bytes + "b")[0]);
    const std::string shown(event.at("name").as_string());
    EXPECT_EQ(shown.substr(0, 4), "a\ufffd") << shown;
    EXPECT_EQ(shown.back(), 'b');
  }
  const boost::json::value event = boost::json::parse(Logged("a\"\n", "b")[0]);
  EXPECT_EQ(event.at("a\"\n").as_string(), "b");
}

}  // namespace
}  // namespace suyuan
