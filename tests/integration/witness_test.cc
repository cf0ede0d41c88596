// A log and its witnesses, over real HTTP: honest ones, and those that stall, lie or flood.
#include "cli/witness.h"

#include <filesystem>
#include <latch>

#include "services/ledger/publisher.h"
#include "services/ledger/witness_client.h"
#include "services/rpc/waiting.h"
#include "services/tlog/checkpoint.h"
#include "services/tlog/cosignature.h"
#include "services/tlog/policy.h"
#include "services/tlog/witness.h"
#include "storage/base/bytes.h"
#include "storage/base/log.h"
#include "storage/base/mutex.h"
#include "storage/base/text.h"
#include "tests/support/ledger_fixture.h"

namespace suyuan {
namespace {

using ledger::Published;
using test::HasCode;

constexpr char kOrigin[] = "test/00112233445566778899aabbccddeeff";

// A witness behind a port of its own.
class Serving {
 public:
  explicit Serving(http::Handler handler) {
    http::ServerOptions options;
    options.address = "127.0.0.1:0";
    options.handler = std::move(handler);
    server_ = *http::Server::Start(std::move(options));
  }
  std::string url() const { return StrCat("http://127.0.0.1:", server_->port(), "/w"); }

 private:
  std::unique_ptr<http::Server> server_;
};

class WitnessTest : public testing::Test {
 protected:
  WitnessTest() { log::SetQuiet(true); }
  ~WitnessTest() override {
    publisher_.reset();
    // Whoever still waits for the stalling witness is let go before it goes.
    std::vector<http::Respond> held;
    {
      MutexLock lock(&mutex_);
      held.swap(held_);
    }
    for (const http::Respond& respond : held) respond({503, {}, ""});
    held.clear();  // Before the servers they answer for.
  }

  std::unique_ptr<cli::Witness> OpenWitness(const std::string& name) {
    const auto key = keys_.try_emplace(name, rpc::SigningKey::Generate(rpc::kEd25519)).first;
    auto witness = cli::Witness::Open({name, key->second, {verifier()}, dir_ / name, &clock_});
    EXPECT_OK(witness);
    return *std::move(witness);
  }
  void AddWitness(const std::string& name, http::Handler handler) {
    servers_.push_back(std::make_unique<Serving>(std::move(handler)));
    policy_ += StrCat("witness ", name, " ", witnesses_.at(name)->verifier_key(), " ",
                      servers_.back()->url(), "\n");
  }
  void AddHonest(const std::string& name) {
    witnesses_[name] = OpenWitness(name);
    AddWitness(name,
               [witness = witnesses_[name].get()](http::Request request, http::Respond respond) {
                 respond(witness->Handle(request));
               });
  }
  void AddLiar(const std::string& name, int status, std::string body) {
    witnesses_[name] = OpenWitness(name);
    AddWitness(name, [status, body](http::Request, http::Respond respond) {
      respond({status, {}, body});
    });
  }
  void AddStalling(const std::string& name) {
    witnesses_[name] = OpenWitness(name);
    AddWitness(name, [this](http::Request, http::Respond respond) {
      MutexLock lock(&mutex_);
      held_.push_back(std::move(respond));
    });
  }

  std::string verifier() const { return tlog::VerifierKeyOf(kOrigin, key_); }
  tlog::Policy Policy(const std::string& quorum) const {
    auto policy = tlog::Policy::Parse(StrCat("log ", verifier(), "\n", policy_, quorum));
    EXPECT_OK(policy);
    return *std::move(policy);
  }
  std::unique_ptr<ledger::Witnesses> Client(ledger::Ledger* log, const std::string& quorum) {
    ledger::WitnessClientOptions options{log, Policy(quorum), verifier()};
    options.timeout = absl::Milliseconds(500);
    return ledger::MakeWitnessClient(std::move(options));
  }
  absl::StatusOr<Published> Cosign(const std::string& quorum) {
    const ledger::TreeHead head = *log_.log().GetTreeHead();
    return Client(&log_.log(), quorum)
        ->Cosign({head, tlog::SignCheckpoint(kOrigin, head, key_), false});
  }
  void Publish(ledger::Ledger* log, const std::string& quorum) {
    ledger::PublisherOptions options{log, key_, absl::Minutes(10), Client(log, quorum)};
    auto started = ledger::Publisher::Start(std::move(options));
    ASSERT_OK(started);
    publisher_ = *std::move(started);
  }
  absl::StatusOr<Published> Get(uint64_t min_size) {
    return rpc::WaitFor<absl::StatusOr<Published>>(
        [&](auto done) { publisher_->WhenPublished(min_size, absl::Seconds(20), done); });
  }

  test::TempDir dir_;
  test::FakeClock clock_;
  test::LedgerFixture log_;
  const rpc::SigningKey key_ = rpc::SigningKey::Generate(rpc::kEd25519);
  std::map<std::string, rpc::SigningKey> keys_;
  std::map<std::string, std::unique_ptr<cli::Witness>> witnesses_;
  std::string policy_;
  Mutex mutex_;
  std::vector<http::Respond> held_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<Serving>> servers_;
  std::unique_ptr<ledger::Publisher> publisher_;
};

TEST_F(WitnessTest, AQuorumMakesACheckpointThatThePolicyHoldsForValid) {
  AddHonest("a");
  AddHonest("b");
  AddHonest("c");
  log_.AppendMany(20);
  const auto cosigned = Cosign("group all 2 a b c\nquorum all\n");
  ASSERT_OK(cosigned);
  EXPECT_TRUE(cosigned->witnessed);
  const auto trusted = Policy("group all 2 a b c\nquorum all\n").Open(cosigned->note);
  ASSERT_OK(trusted);
  EXPECT_EQ(trusted->cosigned.size(), 3u);
  EXPECT_EQ(trusted->checkpoint.head.root, cosigned->head.root);
}

TEST_F(WitnessTest, AWitnessThatIsBehindIsProvenTheWay) {
  AddHonest("a");
  for (const int more : {0, 5, 1, 300}) {
    log_.AppendMany(more);
    // A new client each time: it learns from a 409 what the witness has.
    const auto cosigned = Cosign("quorum a\n");
    ASSERT_OK(cosigned);
    EXPECT_TRUE(cosigned->witnessed) << more;
  }
}

// What does not verify counts for nothing, and stops nobody.
TEST_F(WitnessTest, ThoseThatLieStallOrFloodAreIgnored) {
  AddHonest("a");
  AddLiar("nonsense", 200, "cosigned, honestly\n");
  AddLiar("huge", 200, std::string(1 << 20, 'x'));
  AddLiar("absurd", 409, "9223372036854775807\n");
  AddLiar("refusing", 422, "no");
  AddLiar("broken", 500, "");
  AddStalling("stalling");
  // A cosignature of another text.
  const ledger::TreeHead other{7, Sha256("other")};
  AddLiar("forging", 200,
          tlog::FormatSignature(
              tlog::Cosign(tlog::CheckpointText(kOrigin, other), "forging", keys_.at("a"), 1)));
  log_.AppendMany(10);
  const auto cosigned = Cosign("quorum a\n");
  ASSERT_OK(cosigned);
  EXPECT_TRUE(cosigned->witnessed);
  EXPECT_EQ(Policy("quorum a\n").Open(cosigned->note)->cosigned.size(), 1u);
  const auto too_few = Cosign("group all 2 a nonsense absurd\nquorum all\n");
  ASSERT_OK(too_few);
  EXPECT_FALSE(too_few->witnessed);
}

// However long one is waited for, and however much another sends: a stored note is read at each
// start.
TEST_F(WitnessTest, EachIsOnANoteOnce) {
  AddHonest("a");
  AddLiar("away", 500, "");
  log_.AppendMany(10);
  const ledger::TreeHead head = *log_.log().GetTreeHead();
  std::string lines;
  OpenWitness("many");
  for (int seconds = 1; seconds < 60; ++seconds) {
    lines += tlog::FormatSignature(
        tlog::Cosign(tlog::CheckpointText(kOrigin, head), "many", keys_.at("many"), seconds));
  }
  AddLiar("many", 200, lines);
  const std::unique_ptr<ledger::Witnesses> client =
      Client(&log_.log(), "group all 3 a away many\nquorum all\n");
  Published published{head, tlog::SignCheckpoint(kOrigin, head, key_), false};
  for (int i = 0; i < 70; ++i) {
    auto cosigned = client->Cosign(published);
    ASSERT_OK(cosigned);
    EXPECT_TRUE(i == 0 || cosigned->note == published.note);
    published = *std::move(cosigned);
  }
  EXPECT_FALSE(published.witnessed);
  EXPECT_EQ(tlog::ParseNote(published.note)->signatures.size(), 3u);
  EXPECT_EQ(Policy("quorum a\n").Open(published.note)->cosigned.size(), 2u);
}

TEST_F(WitnessTest, ACheckpointIsPublishedAtOnceAndWitnessedThen) {
  AddHonest("a");
  Publish(&log_.log(), "quorum a\n");
  ASSERT_OK(Get(1));
  log_.AppendMany(10);
  ASSERT_OK(Get(11));
  publisher_.reset();
  const auto kept = log_.log().FindNewestCheckpoint();
  ASSERT_OK(kept);
  // The stored one has the cosignatures, and counts as witnessed after a restart.
  EXPECT_OK(Policy("quorum a\n").Open(**kept));
  Publish(&log_.log(), "quorum a\n");
  EXPECT_TRUE(Get(11)->witnessed);
}

// Signed before there were witnesses, or while they were away: offered at the next start.
TEST_F(WitnessTest, AnUnwitnessedCheckpointIsOfferedAgain) {
  std::latch cosigned(1);
  witnesses_["a"] = OpenWitness("a");
  AddWitness("a",
             [&, witness = witnesses_["a"].get()](http::Request request, http::Respond respond) {
               const http::Response answer = witness->Handle(request);
               respond(answer);
               if (request.method == "POST" && answer.status == 200) cosigned.count_down();
             });
  ledger::PublisherOptions alone{&log_.log(), key_, absl::Minutes(10)};
  publisher_ = *ledger::Publisher::Start(std::move(alone));
  ASSERT_OK(Get(1));
  publisher_.reset();
  Publish(&log_.log(), "quorum a\n");
  cosigned.wait();
  publisher_.reset();
  EXPECT_OK(Policy("quorum a\n").Open(**log_.log().FindNewestCheckpoint()));
}

TEST_F(WitnessTest, PublishingGoesOnWhileWitnessesAreAway) {
  AddStalling("stalling");
  Publish(&log_.log(), "quorum stalling\n");
  for (uint64_t size = 1; size < 4; ++size) {
    const auto published = Get(size);
    ASSERT_OK(published);
    EXPECT_EQ(published->head.size, size);
    EXPECT_FALSE(published->witnessed);
    log_.Append();
  }
}

// The mark rolled back with the ledger: only a witness is left who knows.
TEST_F(WitnessTest, NothingIsSignedOverAnOlderStateThanAWitnessHasSeen) {
  AddHonest("a");
  log_.Close();
  std::filesystem::copy(log_.dir(), dir_ / "old");
  log_.AppendMany(10);
  ASSERT_OK(Cosign("quorum a\n"));
  ledger::LedgerOptions options = log_.options();
  options.dir = dir_ / "old";
  const auto old = ledger::Ledger::Open(options);
  ASSERT_OK(old);
  Publish(old->get(), "quorum a\n");
  EXPECT_THAT(Get(1), HasCode(absl::StatusCode::kFailedPrecondition));
  EXPECT_FALSE((*old)->FindNewestCheckpoint()->has_value());
  publisher_.reset();  // Before its ledger.
}

// Two histories signed with the real key: a witness cosigns one of them.
TEST_F(WitnessTest, ASplitViewIsRefusedByTheWitnessAndStopsTheSigning) {
  log_.Close();
  std::filesystem::copy(log_.dir(), dir_ / "fork");
  ledger::LedgerOptions options = log_.options();
  options.dir = dir_ / "fork";
  const auto fork = ledger::Ledger::Open(options);
  ASSERT_OK(fork);
  AddHonest("a");
  ASSERT_OK((*fork)->AppendAndWait(test::TestAppend(log_.clock(), "other")));
  log_.Append();
  ASSERT_OK(Cosign("quorum a\n"));
  const ledger::TreeHead head = *(*fork)->GetTreeHead();
  const Published forked{head, tlog::SignCheckpoint(kOrigin, head, key_), false};
  EXPECT_THAT(Client(fork->get(), "quorum a\n")->Cosign(forked),
              HasCode(absl::StatusCode::kFailedPrecondition));
}

class WitnessServerTest : public WitnessTest {
 protected:
  WitnessServerTest() {
    log_.AppendMany(20);
    witness_ = OpenWitness("w");
  }
  std::string Note(uint64_t size) {
    return tlog::SignCheckpoint(kOrigin, {size, *log_.log().RootAt(size)}, key_);
  }
  http::Response Add(uint64_t old_size, std::vector<Hash> proof, const std::string& note) {
    return witness_->Handle({"POST",
                             "/w/add-checkpoint",
                             {},
                             tlog::FormatAddCheckpoint({old_size, std::move(proof), note})});
  }
  std::vector<Hash> Proof(uint64_t from, uint64_t to) {
    return *log_.log().ConsistencyProof(from, to);
  }
  std::unique_ptr<cli::Witness> witness_;
};

TEST_F(WitnessServerTest, CosignsWhatContinues) {
  EXPECT_EQ(Add(0, {}, Note(5)).status, 200);
  const http::Response answer = Add(5, Proof(5, 12), Note(12));
  EXPECT_EQ(answer.status, 200);
  const auto lines = tlog::ParseSignatures(answer.body);
  ASSERT_OK(lines);
  const tlog::Note note{tlog::ParseNote(Note(12))->text, *lines};
  const auto at = tlog::CosignedAt(note, *tlog::VerifierKey::Parse(witness_->verifier_key()));
  ASSERT_OK(at);
  EXPECT_EQ(*at, absl::ToUnixSeconds(clock_.Now()));
  EXPECT_EQ(Add(12, {}, Note(12)).status, 200);  // Again: the time is newer.
}

TEST_F(WitnessServerTest, SaysWhatSizeItHas) {
  ASSERT_EQ(Add(0, {}, Note(5)).status, 200);
  for (const uint64_t old_size : {0, 4, 6}) {
    const http::Response answer = Add(old_size, {}, Note(12));
    EXPECT_EQ(answer.status, 409);
    EXPECT_EQ(answer.body, "5\n");
    EXPECT_EQ(answer.headers.front().second, "text/x.tlog.size");
  }
}

// A log that goes back gets a 409 with the size it once showed, and can no longer say it has not.
TEST_F(WitnessServerTest, DoesNotCosignARollbackOrAnotherHistory) {
  ASSERT_EQ(Add(0, {}, Note(12)).status, 200);
  EXPECT_EQ(Add(0, {}, Note(5)).status, 409);
  EXPECT_EQ(Add(12, {}, Note(5)).status, 400);  // Old is past the checkpoint.
  const ledger::TreeHead other{12, Sha256("other")};
  EXPECT_EQ(Add(12, {}, tlog::SignCheckpoint(kOrigin, other, key_)).status, 422);
  const ledger::TreeHead longer{15, Sha256("other")};
  EXPECT_EQ(Add(12, Proof(12, 15), tlog::SignCheckpoint(kOrigin, longer, key_)).status, 422);
  EXPECT_EQ(Add(12, Proof(11, 15), Note(15)).status, 422);
}

TEST_F(WitnessServerTest, KnowsItsLogsAndTheirKeys) {
  const rpc::SigningKey stranger = rpc::SigningKey::Generate(rpc::kEd25519);
  const ledger::TreeHead head{5, *log_.log().RootAt(5)};
  EXPECT_EQ(Add(0, {}, tlog::SignCheckpoint(kOrigin, head, stranger)).status, 403);
  EXPECT_EQ(Add(0, {}, tlog::SignCheckpoint("another/log", head, key_)).status, 404);
  EXPECT_EQ(Add(0, {}, "no note").status, 400);
  EXPECT_EQ(witness_->Handle({"POST", "/w/add-checkpoint", {}, "old five\n\n"}).status, 400);
  EXPECT_EQ(witness_->Handle({"PUT", "/w/add-checkpoint", {}, ""}).status, 405);
}

TEST_F(WitnessServerTest, RemembersOverARestartAndShowsMonitorsWhatItHas) {
  const std::string path = StrCat("/w/", tlog::CheckpointPathOf(kOrigin));
  EXPECT_EQ(witness_->Handle({"GET", path, {}, ""}).status, 404);
  ASSERT_EQ(Add(0, {}, Note(12)).status, 200);
  witness_ = OpenWitness("w");
  EXPECT_EQ(Add(0, {}, Note(5)).status, 409);
  const http::Response shown = witness_->Handle({"GET", path, {}, ""});
  EXPECT_EQ(shown.status, 200);
  EXPECT_EQ(tlog::OpenCheckpoint(shown.body, verifier())->size, 12u);
  std::filesystem::resize_file(dir_ / StrCat("w/", path.substr(3, 64)), 10);
  EXPECT_THAT(cli::Witness::Open({"w", keys_.at("w"), {verifier()}, dir_ / "w", &clock_}),
              HasCode(absl::StatusCode::kDataLoss));
}

TEST(WitnessFormatTest, ReadsBackWhatItWritesAndNothingElse) {
  const tlog::AddCheckpoint request{7, {Sha256("a"), Sha256("b")}, "note\n"};
  const std::string body = tlog::FormatAddCheckpoint(request);
  const auto parsed = tlog::ParseAddCheckpoint(body);
  ASSERT_OK(parsed);
  EXPECT_EQ(parsed->old_size, 7u);
  EXPECT_EQ(parsed->proof, request.proof);
  EXPECT_EQ(parsed->checkpoint, "note\n");
  const std::string hash = Base64Of(AsBytes(Sha256("a"))) + "\n";
  std::string many = "old 7\n";
  for (int i = 0; i < 64; ++i) many += hash;
  for (const std::string& wrong :
       {std::string(""), std::string("old 7"), std::string("old 07\n\n"), std::string("old -7\n\n"),
        std::string("old 7\nAAAA\n\n"), std::string("old 7\n"), "old 7\n" + hash, many + "\n",
        std::string("new 7\n\n"), std::string("old 9223372036854775808\n\n")}) {
    EXPECT_THAT(tlog::ParseAddCheckpoint(wrong), HasCode(absl::StatusCode::kInvalidArgument))
        << wrong;
  }
  EXPECT_EQ(*tlog::ParseSize("12\n"), 12u);
  for (const char* wrong : {"", "12", "012\n", "12\n\n", "x\n", "-1\n"}) {
    EXPECT_THAT(tlog::ParseSize(wrong), HasCode(absl::StatusCode::kInvalidArgument)) << wrong;
  }
}

}  // namespace
}  // namespace suyuan
