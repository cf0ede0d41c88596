// The log as a stranger reads it: files over HTTP, from which the signed root is computed again.
#include <zlib.h>

#include "services/tlog/checkpoint.h"
#include "services/tlog/tile_path.h"
#include "storage/base/text.h"
#include "storage/ledger/merkle.h"
#include "suyuan/v1/audit.pb.h"
#include "suyuan/v1/identity.pb.h"
#include "tests/support/http.h"
#include "tests/support/system.h"

namespace suyuan::test {
namespace {

std::string Gunzip(const std::string& bytes) {
  std::string out(16 << 20, '\0');
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

class TilesTest : public testing::TestWithParam<Topology> {
 protected:
  TilesTest() { Checkpoint(); }
  HttpAnswer Get(const std::string& path, const std::map<std::string, std::string>& headers = {}) {
    return Fetch(system_.portal().http_port(), "GET", path, headers);
  }
  // A checkpoint over all records there are: of the newest one a proof has been given.
  ledger::TreeHead Checkpoint() {
    v1::GetRecordProofRequest request;
    request.set_sequence(system_.LastSequence());
    EXPECT_OK(system_.stranger().Call<v1::GetRecordProofResponse>("AuditService/GetRecordProof",
                                                                  request));
    const auto info = system_.stranger().Call<v1::GetServerInfoResponse>(
        "IdentityService/GetServerInfo", v1::GetServerInfoRequest());
    EXPECT_OK(info);
    const HttpAnswer answer = Get("/checkpoint");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.headers.at("content-type"), "text/plain; charset=utf-8");
    EXPECT_EQ(answer.headers.at("cache-control"), "public, max-age=1");
    const auto head = tlog::OpenCheckpoint(answer.body, info->log_verifier_key());
    EXPECT_OK(head);
    return *head;
  }
  void AddRecords(int count) {
    Actor& actor = system_.AddParty("碧城合作社", {claim::v1::PARTY_ROLE_COOPERATIVE});
    for (int i = 0; i < count; ++i) system_.AddPlot(actor);
  }
  static std::string Path(bool entries, int level, uint64_t index, int width) {
    return "/" + tlog::FormatTilePath({entries, level, index, width});
  }

  System system_{GetParam()};
};

TEST_P(TilesTest, HoldTheTreeThatTheCheckpointSigns) {
  AddRecords(260);
  const ledger::TreeHead head = Checkpoint();
  ASSERT_GT(head.size, 256u);
  std::vector<Hash> hashes;
  for (uint64_t index = 0; tlog::TileWidthIn(head.size, 0, index) > 0; ++index) {
    const int width = tlog::TileWidthIn(head.size, 0, index);
    const HttpAnswer tile = Get(Path(false, 0, index, width));
    const HttpAnswer bundle = Get(Path(true, 0, index, width));
    ASSERT_EQ(tile.status, 200);
    EXPECT_EQ(tile.headers.at("content-type"), "application/octet-stream");
    EXPECT_EQ(tile.headers.at("cache-control"), "public, max-age=31536000, immutable");
    EXPECT_EQ(bundle.headers.at("cache-control"), "public, max-age=31536000, immutable");
    const auto leaves = tlog::ParseBundle(bundle.body, width);
    ASSERT_OK(leaves);
    std::string from_leaves;
    for (const std::string& leaf : *leaves) {
      hashes.push_back(ledger::LeafHash(leaf));
      from_leaves += AsBytes(hashes.back());
    }
    EXPECT_EQ(tile.body, from_leaves);
  }
  EXPECT_EQ(ledger::RootOfHashes(hashes), head.root);
  const Hash first = ledger::RootOfHashes({hashes.begin(), hashes.begin() + 256});
  EXPECT_EQ(Get("/tile/1/000.p/1").body, AsBytes(first));
}

// Of an older checkpoint, for whoever holds it still: a beginning of what is there now.
TEST_P(TilesTest, KeepTheirBeginnings) {
  AddRecords(3);
  Checkpoint();
  const std::string before = Get("/tile/0/000.p/2").body;
  EXPECT_EQ(before.size(), 64u);
  AddRecords(260);
  Checkpoint();
  EXPECT_EQ(Get("/tile/0/000.p/2").body, before);
  EXPECT_EQ(Get("/tile/0/000").body.substr(0, 64), before);
}

TEST_P(TilesTest, AreNotThereBeyondThePublishedCheckpoint) {
  const ledger::TreeHead head = Checkpoint();
  const int width = static_cast<int>(head.size);
  EXPECT_EQ(Get(Path(false, 0, 0, width)).status, 200);
  for (const std::string& path :
       {Path(false, 0, 0, width + 1), Path(true, 0, 0, width + 1), std::string("/tile/0/000"),
        std::string("/tile/entries/000"), std::string("/tile/1/000.p/1"),
        std::string("/tile/0/x001/000"), std::string("/tile/63/000"),
        std::string("/tile/0/x036/x028/x797/x018/x963/967")}) {
    const HttpAnswer answer = Get(path);
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_EQ(answer.headers.at("cache-control"), "no-store") << path;
    EXPECT_THAT(answer.body, testing::HasSubstr("not_found")) << path;
  }
}

TEST_P(TilesTest, AreRefusedUnderAMalformedPath) {
  for (const char* path :
       {"/tile/", "/tile/0", "/tile/0/0", "/tile/00/000", "/tile/64/000", "/tile/0/000.p/0",
        "/tile/0/000.p/256", "/tile/0/000.p/01", "/tile/0/x000/000", "/tile/0/000/",
        "/tile/entries/1", "/tile/0/%30", "/tile/0/../000", "/tile/-1/000"}) {
    const HttpAnswer answer = Get(path);
    EXPECT_EQ(answer.status, 400) << path;
    EXPECT_THAT(answer.body, testing::HasSubstr("invalid_argument")) << path;
  }
}

TEST_P(TilesTest, AreCompressedWhereItHelpsAndTheClientTakesIt) {
  const HttpAnswer plain = Get("/tile/entries/000.p/1");
  const HttpAnswer packed = Get("/tile/entries/000.p/1", {{"Accept-Encoding", "gzip, br"}});
  EXPECT_FALSE(plain.headers.contains("content-encoding"));
  EXPECT_EQ(plain.headers.at("vary"), "Accept-Encoding");
  EXPECT_EQ(packed.headers.at("content-encoding"), "gzip");
  EXPECT_EQ(Gunzip(packed.body), plain.body);
  const HttpAnswer tile = Get("/tile/0/000.p/1", {{"Accept-Encoding", "gzip"}});
  EXPECT_FALSE(tile.headers.contains("content-encoding"));
  EXPECT_EQ(tile.body.size(), 32u);
}

TEST_P(TilesTest, AnswerHead) {
  const int port = system_.portal().http_port();
  const HttpAnswer head = Fetch(port, "HEAD", "/tile/0/000.p/1");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("content-length"), "32");
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(Fetch(port, "HEAD", "/checkpoint").status, 200);
  EXPECT_EQ(Fetch(port, "HEAD", "/tile/0/000").status, 404);
}

INSTANTIATE_TEST_SUITE_P(Topologies, TilesTest,
                         testing::Values(Topology::kOneProcess, Topology::kSplit), TopologyName);

}  // namespace
}  // namespace suyuan::test
