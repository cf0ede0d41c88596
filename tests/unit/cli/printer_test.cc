#include "cli/printer.h"

#include <boost/asio.hpp>
#include <filesystem>
#include <fstream>
#include <thread>

#include "storage/base/text.h"
#include "tests/support/test.h"

namespace suyuan::cli {
namespace {

std::string ContentOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(PrintSinkTest, AFileIsThereOnceItIsWhole) {
  const test::TempDir dir;
  const std::string path = dir / "labels.pdf";
  {
    const auto sink = OpenPrintSink(path, false);
    ASSERT_OK(sink);
    ASSERT_OK((*sink)->Write("one", 1));
    EXPECT_FALSE(std::filesystem::exists(path));
    ASSERT_OK((*sink)->Write(std::string("\0two", 4), 2));
    ASSERT_OK((*sink)->Finish());
  }
  EXPECT_EQ(ContentOf(path), std::string("one\0two", 7));
  {
    const auto sink = OpenPrintSink(path, false);
    ASSERT_OK((*sink)->Write("half", 1));
  }
  EXPECT_EQ(ContentOf(path), std::string("one\0two", 7)) << "what was there stays";
  EXPECT_FALSE(std::filesystem::exists(path + ".part"));
  EXPECT_FALSE((*OpenPrintSink(dir / "no/folder/a.pdf", false))->Write("x", 1).ok());
}

TEST(PrintSinkTest, PicturesAreKeptApart) {
  const test::TempDir dir;
  const auto sink = OpenPrintSink(dir / "label.png", true);
  ASSERT_OK((*sink)->Write("a", 7));
  ASSERT_OK((*sink)->Write("b", 12));
  ASSERT_OK((*sink)->Finish());
  EXPECT_EQ(ContentOf(dir / "label-7.png"), "a");
  EXPECT_EQ(ContentOf(dir / "label-12.png"), "b");
}

TEST(PrintSinkTest, APrinterGetsEveryByteInOrder) {
  boost::asio::io_context context;
  boost::asio::ip::tcp::acceptor acceptor(context, {boost::asio::ip::make_address("127.0.0.1"), 0});
  std::string received;
  std::thread printer([&] {
    boost::asio::ip::tcp::socket socket(context);
    acceptor.accept(socket);
    boost::system::error_code end;
    boost::asio::read(socket, boost::asio::dynamic_buffer(received), end);
  });
  const std::string to = StrCat("tcp://127.0.0.1:", acceptor.local_endpoint().port());
  const std::string job(3'000'000, 'j');
  const auto sink = OpenPrintSink(to, false);
  ASSERT_OK(sink);
  ASSERT_OK((*sink)->Write("^XA", 1));
  ASSERT_OK((*sink)->Write(job, 2));
  ASSERT_OK((*sink)->Finish());
  printer.join();
  EXPECT_EQ(received, "^XA" + job);
}

TEST(PrintSinkTest, SaysWhatIsWrongWithAnAddress) {
  for (const char* to : {"tcp://", "tcp://printer", "tcp://:9100", "tcp://printer:"}) {
    EXPECT_THAT(OpenPrintSink(to, false), test::HasCode(absl::StatusCode::kInvalidArgument)) << to;
  }
  boost::asio::io_context context;
  boost::asio::ip::tcp::acceptor closed(context, {boost::asio::ip::make_address("127.0.0.1"), 0});
  const int port = closed.local_endpoint().port();
  closed.close();
  EXPECT_THAT(OpenPrintSink(StrCat("tcp://127.0.0.1:", port), false),
              test::HasCode(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace suyuan::cli
