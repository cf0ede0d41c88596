#include "cli/profile.h"

#include <sys/stat.h>

#include <fstream>

#include "tests/support/test.h"

namespace suyuan::cli {
namespace {

int ModeOf(const std::string& path) {
  struct stat info {};
  EXPECT_EQ(stat(path.c_str(), &info), 0) << path;
  return static_cast<int>(info.st_mode & 0777);
}

const Profile kFarm = {"127.0.0.1:7100", "/keys/farm.pem", "lufeng/00", "lufeng/00+key"};

TEST(ProfileTest, KeepsProfilesInAFileOfTheUserAlone) {
  const test::TempDir dir;
  const std::string path = dir / "suyuan/config.json";
  auto profiles = Profiles::Load(path);
  ASSERT_OK(profiles);
  profiles->Set("farm", kFarm);
  profiles->Set("hub", {"hub:7100", "", "", ""});
  ASSERT_OK(profiles->Save());
  EXPECT_EQ(ModeOf(path), 0600);
  EXPECT_EQ(ModeOf(dir / "suyuan"), 0700);

  const auto again = Profiles::Load(path);
  ASSERT_OK(again);
  EXPECT_EQ(*again->Get("farm"), kFarm);
  EXPECT_EQ(again->Get("hub")->server, "hub:7100");
  EXPECT_EQ(again->current(), "farm");
}

TEST(ProfileTest, TakesAReadableFileBackForItsUserAlone) {
  const test::TempDir dir;
  const std::string path = dir / "config.json";
  std::ofstream(path) << "{}";
  chmod(path.c_str(), 0644);
  auto profiles = Profiles::Load(path);
  profiles->Set("farm", kFarm);
  ASSERT_OK(profiles->Save());
  EXPECT_EQ(ModeOf(path), 0600);
}

TEST(ProfileTest, TheEmptyNameIsTheCurrentProfile) {
  const test::TempDir dir;
  auto profiles = Profiles::Load(dir / "config.json");
  EXPECT_THAT(profiles->Get(""), test::HasCode(absl::StatusCode::kInvalidArgument));
  profiles->Set("farm", kFarm);
  profiles->Set("hub", {"hub:7100", "", "", ""});
  EXPECT_EQ(*profiles->Get(""), kFarm);
  ASSERT_OK(profiles->Use("hub"));
  EXPECT_EQ(profiles->Get("")->server, "hub:7100");
  EXPECT_THAT(profiles->Use("nobody"), test::HasCode(absl::StatusCode::kInvalidArgument));
}

TEST(ProfileTest, RefusesAFileThatIsNotItsOwn) {
  const test::TempDir dir;
  std::ofstream(dir / "config.json") << "not json";
  EXPECT_THAT(Profiles::Load(dir / "config.json"),
              test::HasCode(absl::StatusCode::kInvalidArgument));
}

TEST(FileTest, ReplacesAtOnceAndReadsBack) {
  const test::TempDir dir;
  ASSERT_OK(ReplaceFile(dir / "f", "one", 0644));
  ASSERT_OK(ReplaceFile(dir / "f", "two", 0600));
  EXPECT_EQ(*ReadFile(dir / "f"), "two");
  EXPECT_EQ(ModeOf(dir / "f"), 0600);
  EXPECT_THAT(ReadFile(dir / "absent"), test::HasCode(absl::StatusCode::kNotFound));
  EXPECT_THAT(ReplaceFile(dir / "no/f", "x", 0600), test::HasCode(absl::StatusCode::kInternal));
}

}  // namespace
}  // namespace suyuan::cli
