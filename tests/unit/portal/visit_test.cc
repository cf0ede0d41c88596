// Who is counted, and what of an address is left.
#include "services/portal/visit.h"

#include <set>

#include "storage/base/text.h"
#include "tests/support/test.h"

namespace suyuan::portal {
namespace {

constexpr char kPhone[] =
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/120 MicroMessenger/8.0.44";

http::Request From(const std::string& peer, http::Headers headers = {}) {
  http::Request request;
  request.method = "GET";
  request.target = "/t/00000000000000000000";
  request.peer = peer;
  request.headers = std::move(headers);
  return request;
}

TEST(VisitTest, CountsPeopleAndNotWhatFetchesPages) {
  EXPECT_TRUE(CountsAsScan(From("203.0.113.9", {{"user-agent", kPhone}})));
  EXPECT_TRUE(CountsAsScan(From("", {{"user-agent", kPhone}, {"accept", "text/html,*/*"}})));
  http::Request head = From("", {{"user-agent", kPhone}});
  head.method = "HEAD";
  EXPECT_FALSE(CountsAsScan(head));
  EXPECT_FALSE(CountsAsScan(From("")));  // Browsers say what they are.
  for (const char* agent :
       {"Mozilla/5.0 (compatible; Baiduspider/2.0)", "curl/8.5", "Googlebot/2.1",
        "python-requests/2", "facebookexternalhit/1.1 preview"}) {
    EXPECT_FALSE(CountsAsScan(From("", {{"user-agent", agent}}))) << agent;
  }
  EXPECT_FALSE(CountsAsScan(From("", {{"user-agent", kPhone}, {"sec-purpose", "prefetch"}})));
  EXPECT_FALSE(CountsAsScan(From("", {{"user-agent", kPhone}, {"accept", "application/json"}})));
}

TEST(VisitTest, ANetworkIsNoAddress) {
  EXPECT_EQ(NetworkOf(From("203.0.113.9")), NetworkOf(From("203.0.113.200")));
  EXPECT_NE(NetworkOf(From("203.0.113.9")), NetworkOf(From("203.0.112.9")));
  EXPECT_EQ(NetworkOf(From("203.0.113.9")).size(), 3u);
  EXPECT_EQ(NetworkOf(From("::ffff:203.0.113.9")), NetworkOf(From("203.0.113.9")));
  EXPECT_EQ(NetworkOf(From("2001:db8:1:2::1")), NetworkOf(From("2001:db8:1:ffff::2")));
  EXPECT_NE(NetworkOf(From("2001:db8:1::1")), NetworkOf(From("2001:db8:2::1")));
  for (const char* none : {"", "nobody", "1.2.3", "1.2.3.4.5", "::g"}) {
    EXPECT_EQ(NetworkOf(From(none)), "") << none;
  }
}

// Only a proxy on this machine is believed, and only what it added itself.
TEST(VisitTest, BelievesTheProxyOfThisMachineAlone) {
  const http::Headers said = {{"x-forwarded-for", "198.51.100.1, 203.0.113.9"}};
  EXPECT_EQ(NetworkOf(From("127.0.0.1", said)), NetworkOf(From("203.0.113.9")));
  EXPECT_EQ(NetworkOf(From("::1", said)), NetworkOf(From("203.0.113.9")));
  EXPECT_EQ(ClientAddress(From("127.0.0.1", said)), std::string("\xcb\0\x71\x09", 4));
  // A proxy may add a line of its own behind the client's.
  const http::Headers lines = {{"x-forwarded-for", "198.51.100.1"},
                               {"x-forwarded-for", "203.0.113.9"}};
  EXPECT_EQ(NetworkOf(From("127.0.0.1", lines)), NetworkOf(From("203.0.113.9")));
  EXPECT_EQ(NetworkOf(From("192.0.2.1", said)), NetworkOf(From("192.0.2.1")));
  for (const char* bad : {"", ",", "unknown", "203.0.113.9:80", "a, <script>"}) {
    EXPECT_EQ(NetworkOf(From("127.0.0.1", {{"x-forwarded-for", bad}})),
              NetworkOf(From("127.0.0.1")))
        << bad;
  }
}

// Of one day: tomorrow's tags say nothing of today's, and another process's say nothing of ours.
TEST(VisitTest, TagsTellNetworksApartForADay) {
  test::FakeClock clock;
  NetworkTags tags(&clock, 480), others(&clock, 480);
  EXPECT_EQ(tags.TagOf(""), 0);
  std::vector<int> today, elsewhere;
  std::set<int> different;
  for (int i = 0; i < 100; ++i) {
    const std::string network = StrCat("network ", i);
    today.push_back(tags.TagOf(network));
    elsewhere.push_back(others.TagOf(network));
    EXPECT_GE(today.back(), 1);
    EXPECT_LE(today.back(), 65'535);
    EXPECT_EQ(tags.TagOf(network), today.back());
    different.insert(today.back());
  }
  EXPECT_GE(different.size(), 95u);
  EXPECT_NE(today, elsewhere);
  clock.Advance(absl::Hours(24));
  std::vector<int> tomorrow;
  for (int i = 0; i < 100; ++i) tomorrow.push_back(tags.TagOf(StrCat("network ", i)));
  EXPECT_NE(today, tomorrow);
}

}  // namespace
}  // namespace suyuan::portal
