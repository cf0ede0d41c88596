// Signed notes as c2sp.org/signed-note gives them.
#include "services/tlog/note.h"

#include "storage/base/bytes.h"
#include "storage/base/text.h"
#include "tests/support/test.h"
#include "tests/unit/tlog/vectors.h"

namespace suyuan::tlog {
namespace {

using absl::StatusCode;
using test::HasCode;

// The example of Go's documentation of sumdb/note.
constexpr char kGoKey[] = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr char kGoText[] =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n";
constexpr char kGoLine[] =
    "— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6K"
    "E6RyyBwJnAM=\n";

VerifierKey KeyOf(const std::string& text) { return *VerifierKey::Parse(text); }

std::string GoNote() { return StrCat(kGoText, "\n", kGoLine); }

TEST(NoteTest, OfGoVerifies) {
  const auto note = ParseNote(GoNote());
  ASSERT_OK(note);
  EXPECT_EQ(note->text, kGoText);
  EXPECT_OK(VerifyNote(*note, KeyOf(kGoKey)));
  EXPECT_EQ(FormatNote(*note), GoNote());
  EXPECT_EQ(KeyOf(kGoKey).ToString(), kGoKey);
}

TEST(NoteTest, IsSignedToTheByteOfTheVector) {
  EXPECT_EQ(FormatSignature(SignNote(vectors::kText, "example.com/log", vectors::LogKey())),
            vectors::kLogLine);
  EXPECT_EQ(VerifierKeyOf("example.com/log", vectors::LogKey()), vectors::kLogKey);
  EXPECT_EQ(VerifierKeyOf("witness.example/w1", vectors::Witness1Key(), KeyType::kCosignature),
            vectors::kWitness1Key);
}

// Rotation and witnessing rest on it: what one does not know is not one's business.
TEST(NoteTest, IgnoresSignaturesOfUnknownKeys) {
  const std::string unknown = "— grease.example AAAAAAE=\n";
  const auto note = ParseNote(StrCat(kGoText, "\n", unknown, kGoLine, unknown));
  ASSERT_OK(note);
  EXPECT_EQ(note->signatures.size(), 3u);
  EXPECT_OK(VerifyNote(*note, KeyOf(kGoKey)));
  EXPECT_THAT(VerifyNote(*note, KeyOf(vectors::kLogKey)), HasCode(StatusCode::kNotFound));
}

TEST(NoteTest, OfTheSameNameButAnotherIdIsUnknownToo) {
  const auto note = ParseNote(StrCat(kGoText, "\n— PeterNeumann AAAAAAE=\n"));
  ASSERT_OK(note);
  EXPECT_THAT(VerifyNote(*note, KeyOf(kGoKey)), HasCode(StatusCode::kNotFound));
}

TEST(NoteTest, IsRefusedWholeForOneWrongSignatureOfAKnownKey) {
  auto note = ParseNote(GoNote());
  ASSERT_OK(note);
  note->signatures.push_back(note->signatures[0]);
  note->signatures[1].bytes[5] ^= 1;
  EXPECT_THAT(VerifyNote(*note, KeyOf(kGoKey)), HasCode(StatusCode::kDataLoss));
}

// "The text is separated from the signatures by the last empty line in the note."
TEST(NoteTest, MayHoldEmptyLinesInItsText) {
  const rpc::SigningKey key = vectors::LogKey();
  Note note;
  note.text = "one\n\ntwo\n\n";
  note.signatures = {SignNote(note.text, "name", key)};
  const auto read = ParseNote(FormatNote(note));
  ASSERT_OK(read);
  EXPECT_EQ(read->text, note.text);
  EXPECT_OK(VerifyNote(*read, KeyOf(VerifierKeyOf("name", key))));
}

TEST(NoteTest, TakesSixteenSignaturesAndHasALimit) {
  const std::string line = "— n AAAAAAE=\n";
  std::string note = "text\n\n";
  for (int i = 0; i < 16; ++i) note += line;
  EXPECT_OK(ParseNote(note));
  for (int i = 16; i < 65; ++i) note += line;
  EXPECT_THAT(ParseNote(note), HasCode(StatusCode::kInvalidArgument));
  EXPECT_THAT(ParseNote(std::string(kNoteBytesMax, 'x') + GoNote()),
              HasCode(StatusCode::kInvalidArgument));
}

class MalformedNoteTest : public testing::TestWithParam<std::string> {};

TEST_P(MalformedNoteTest, IsRefused) {
  EXPECT_THAT(ParseNote(GetParam()), HasCode(StatusCode::kInvalidArgument));
}
INSTANTIATE_TEST_SUITE_P(
    Notes, MalformedNoteTest,
    testing::Values("", "\n", "text\n", "text\n\n", "text\n— n AAAAAAE=\n",
                    "text\n\n— n AAAAAAE=",           // The last line does not end.
                    "text\n\n- n AAAAAAE=\n",         // Not an em dash.
                    "text\n\n—n AAAAAAE=\n",          // No blank.
                    "text\n\n— n\n",                  // No signature.
                    "text\n\n— n AAAAAA==\n",         // An id alone.
                    "text\n\n— n AAAAAAF=\n",         // Not canonical base64.
                    "text\n\n— n AAAAAAE\n",          // Not padded.
                    "text\n\n— n  AAAAAAE=\n",        // Two blanks.
                    "text\n\n— a b AAAAAAE=\n",       // A blank in a name.
                    "text\n\n— a+b AAAAAAE=\n",       // A plus in a name.
                    "text\n\n— a\u3000b AAAAAAE=\n",  // A space of another script.
                    "text\n\n—  AAAAAAE=\n",          // An empty name.
                    "text\n\n— n AAAAAAE=\r\n",       // A control character.
                    "te\txt\n\n— n AAAAAAE=\n",       // A control character.
                    "te\xffxt\n\n— n AAAAAAE=\n",     // Not UTF-8.
                    "text\n\n— n AAAAAAE=\n— n\xff AAAAAAE=\n"));

class MalformedKeyTest : public testing::TestWithParam<std::string> {};

TEST_P(MalformedKeyTest, IsRefused) {
  EXPECT_THAT(VerifierKey::Parse(GetParam()), HasCode(StatusCode::kInvalidArgument));
}
INSTANTIATE_TEST_SUITE_P(
    Keys, MalformedKeyTest,
    testing::Values("", "name", "name+c74f20a3", "PeterNeumann+c74f20a3+",
                    // Another name, another id, an id in upper case.
                    "PaulNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
                    "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
                    "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
                    // A type of another specification; a key cut short.
                    "PeterNeumann+c74f20a3+Bhpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
                    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10==",
                    "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"));

}  // namespace
}  // namespace suyuan::tlog
