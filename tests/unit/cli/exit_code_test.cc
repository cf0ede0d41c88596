#include "cli/exit_code.h"

#include "cli/explain.h"
#include "services/domain/error.h"
#include "services/text/problem.h"
#include "tests/support/test.h"

namespace suyuan::cli {
namespace {

using testing::HasSubstr;

// Scripts depend on these for ever.
TEST(ExitCodeTest, FollowsFromTheReason) {
  const std::pair<v1::Reason, ExitCode> kCodes[] = {
      {v1::REASON_FIELD_MALFORMED, kRefused},      {v1::REASON_TIME_IN_FUTURE, kRefused},
      {v1::REASON_BATCH_ON_HOLD, kRefused},        {v1::REASON_INSUFFICIENT_QUANTITY, kRefused},
      {v1::REASON_REQUEST_ID_REUSED, kRefused},    {v1::REASON_ALREADY_EXISTS, kRefused},
      {v1::REASON_NOT_ALLOWED, kNotAllowed},       {v1::REASON_NOT_OWN, kNotAllowed},
      {v1::REASON_SIGNATURE_INVALID, kNotAllowed}, {v1::REASON_KEY_REVOKED, kNotAllowed},
      {v1::REASON_NOT_FOUND, kNotFound},           {v1::REASON_BUSY, kUnavailable},
      {v1::REASON_QUEUE_FULL, kUnavailable},       {v1::REASON_UNAVAILABLE, kUnavailable},
      {v1::REASON_VIEW_BEHIND, kUnavailable},      {v1::REASON_INTERNAL, kFailed},
      {v1::REASON_METHOD_UNKNOWN, kFailed}};
  for (const auto& [reason, code] : kCodes) {
    EXPECT_EQ(ExitCodeOf(domain::Error(reason)), code) << v1::Reason_Name(reason);
  }
}

TEST(ExitCodeTest, FollowsFromTheCodeWhereThereIsNoReason) {
  EXPECT_EQ(ExitCodeOf(absl::OkStatus()), kOk);
  EXPECT_EQ(ExitCodeOf(absl::InvalidArgumentError("x")), kUsage);
  EXPECT_EQ(ExitCodeOf(absl::NotFoundError("x")), kNotFound);
  EXPECT_EQ(ExitCodeOf(absl::UnavailableError("x")), kUnavailable);
  EXPECT_EQ(ExitCodeOf(absl::DeadlineExceededError("x")), kUnavailable);
  EXPECT_EQ(ExitCodeOf(absl::DataLossError("x")), kFailed);
  EXPECT_EQ(ExitCodeOf(absl::CancelledError("x")), kInterrupted);
}

TEST(ExplainTest, SaysWhatToDoAboutEveryReasonInBothLanguages) {
  const auto& reasons = *v1::Reason_descriptor();
  for (int i = 1; i < reasons.value_count(); ++i) {
    const auto reason = static_cast<v1::Reason>(reasons.value(i)->number());
    EXPECT_NE(AdviceFor(reason).zh, "") << reasons.value(i)->name();
    EXPECT_NE(AdviceFor(reason).en, "") << reasons.value(i)->name();
  }
}

TEST(ExplainTest, SaysTheReasonThenTheAdvice) {
  const absl::Status status = domain::Error(v1::REASON_INSUFFICIENT_QUANTITY,
                                            {{"available", "5 千克"}, {"needed", "8 千克"}});
  EXPECT_EQ(Explained(status, Language::kChinese),
            "错误：数量不足：现有 5 千克，需要 8 千克\n"
            "怎么办：用 trace stock 查看现有数量和所在站点\n");
  EXPECT_EQ(Explained(status, Language::kEnglish),
            "Error: Not enough: 5 千克 at hand, 8 千克 needed\n"
            "What to do: trace stock shows what is at hand, and where\n");
}

TEST(ExplainTest, NamesEveryRefusedRow) {
  const absl::Status status = domain::ErrorOfRows(
      {{1, domain::Error(v1::REASON_WRONG_UNIT)}, {4, domain::Error(v1::REASON_NOT_OWN)}});
  const std::string text = Explained(status, Language::kEnglish);
  EXPECT_THAT(text, HasSubstr("  row 2: The unit"));
  EXPECT_THAT(text, HasSubstr("  row 5: This is not"));
  EXPECT_THAT(ErrorJson(status, Language::kEnglish), HasSubstr("\"rows\":[{"));
}

TEST(ExplainTest, GivesProgramsReasonMessageAndDetails) {
  const std::string json = ErrorJson(
      domain::Error(v1::REASON_NOT_FOUND, {{"resource", "batches/X"}}), Language::kEnglish);
  EXPECT_THAT(json, HasSubstr("\"reason\":\"REASON_NOT_FOUND\""));
  EXPECT_THAT(json, HasSubstr("\"message\":\"batches/X is not found\""));
  EXPECT_THAT(json, HasSubstr("\"details\":{\"resource\":\"batches/X\"}"));
}

TEST(ExplainTest, KeepsTheWordsOfItsOwnErrorsInBothLanguages) {
  const absl::Status status =
      text::Problem(absl::StatusCode::kNotFound, "没有文件 a", "there is no file a");
  EXPECT_EQ(MessageIn(status, Language::kChinese), "没有文件 a");
  EXPECT_EQ(MessageIn(status, Language::kEnglish), "there is no file a");
}

}  // namespace
}  // namespace suyuan::cli
