#include "cli/explain.h"

#include <map>

#include "cli/json.h"
#include "services/domain/error.h"
#include "services/text/problem.h"
#include "storage/base/text.h"

namespace suyuan::cli {
namespace {

std::string ReasonName(const absl::Status& status) {
  const v1::Reason reason = domain::ReasonOf(status);
  if (reason != v1::REASON_UNSPECIFIED) return v1::Reason_Name(reason);
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
      return "USAGE";
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return v1::Reason_Name(v1::REASON_UNAVAILABLE);
    default:
      return absl::StatusCodeToString(status.code());
  }
}

JsonObject ErrorObject(const absl::Status& status, Language language) {
  JsonObject details;
  for (const auto& [name, value] : domain::DetailsOf(status)) details.Text(name, value);
  return JsonObject()
      .Text("reason", ReasonName(status))
      .Text("message", MessageIn(status, language))
      .Json("details", details.str());
}

const std::map<v1::Reason, Say>& Advices() {
  static const Say kForm{"改正所说的内容后再运行；各项写法见 --help",
                         "correct what is named and run again; --help says how each is written"};
  static const Say kAmount{"写成数字加单位，如 1200斤、3.5kg、30个",
                           "write a number and a unit, like 600kg, 1200斤 or 30pcs"};
  static const Say kTime{"用 --time 写明发生时间，如 2026-10-03T08:20+08:00",
                         "say when it happened with --time, like 2026-10-03T08:20+08:00"};
  static const Say kKey{
      "检查 --profile 和密钥文件；新设备向本单位负责人要邀请码，再 key enroll",
      "check --profile and the key file; a new device needs a manager's invitation"};
  static const Say kRole{"换用有此权限的单位或成员的配置（--profile）",
                         "use the profile of a party or member that may do this (--profile)"};
  static const Say kRepeat{"稍后重试；原样重发是安全的（--request-id 相同）",
                           "try again later; repeating with the same --request-id is safe"};
  static const Say kHeld{"用 trace timeline 查看原因；解冻由监管部门办理",
                         "trace timeline shows why; regulators release"};
  static const Say kStock{"用 trace stock 查看现有数量和所在站点",
                          "trace stock shows what is at hand, and where"};
  static const Say kBalance{"让投入等于各项产出加损耗，精确到毫克",
                            "make inputs equal outputs and loss, to the milligram"};
  static const Say kExists{"已经有了：用 list 查到它的编号直接使用",
                           "it is there already: find its name with list and use that"};
  static const Say kLabel{"用 label list 查看已发标签；作废未用的号段后可再发",
                          "label list shows what is issued; void what is not used to issue more"};
  static const Say kShipment{"用 shipment get 查看运单现状", "shipment get shows how it stands"};
  static const Say kOperator{"请联系运营方，并告诉他们时间和请求编号",
                             "tell the operator the time and the request id"};
  static const auto* advices = new std::map<v1::Reason, Say>{
      {v1::REASON_UNSPECIFIED, {}},
      {v1::REASON_MALFORMED, kForm},
      {v1::REASON_TOO_LARGE, {"分成几次提交", "split it into several requests"}},
      {v1::REASON_UNKNOWN_FIELD,
       {"升级服务器，或换用与它同版本的命令行",
        "upgrade the server, or use a command line of its version"}},
      {v1::REASON_FIELD_REQUIRED, kForm},
      {v1::REASON_FIELD_TOO_LONG, kForm},
      {v1::REASON_FIELD_OUT_OF_RANGE, kForm},
      {v1::REASON_FIELD_MALFORMED, kForm},
      {v1::REASON_TEXT_NOT_ALLOWED,
       {"重新手工输入这段文字，不要从别处粘贴", "type the text by hand instead of pasting it"}},
      {v1::REASON_QUANTITY_NOT_UNDERSTOOD, kAmount},
      {v1::REASON_QUANTITY_MISMATCH, kAmount},
      {v1::REASON_QUANTITY_NOT_POSITIVE, kAmount},
      {v1::REASON_QUANTITY_OVERFLOW, kAmount},
      {v1::REASON_WRONG_UNIT,
       {"用 product get 查看该产品按重量、体积还是件数计",
        "product get shows whether it is counted by mass, volume or pieces"}},
      {v1::REASON_TIME_IN_FUTURE, kTime},
      {v1::REASON_TIME_TOO_OLD, kTime},
      {v1::REASON_PAGE_TOKEN_INVALID, {"从第一页重新查", "list again from the first page"}},
      {v1::REASON_SIGNATURE_MISSING,
       {"用 profile set NAME --key FILE 指定密钥", "name a key with profile set NAME --key FILE"}},
      {v1::REASON_SIGNATURE_INVALID, kKey},
      {v1::REASON_SIGNATURE_TIME, {"校准本机时钟后再试", "set this machine's clock and try again"}},
      {v1::REASON_KEY_UNKNOWN, kKey},
      {v1::REASON_KEY_REVOKED, kKey},
      {v1::REASON_NOT_ALLOWED, kRole},
      {v1::REASON_NOT_OWN, kRole},
      {v1::REASON_OWN_BATCH,
       {"由其他单位的检测机构抽样检测", "have a laboratory of another party sample it"}},
      {v1::REASON_INVITATION_INVALID,
       {"核对邀请码；过期或用过的，请负责人重新邀请",
        "check the code; a manager can make another"}},
      {v1::REASON_TOO_MANY_TRIES, {"一分钟后再试", "try again in a minute"}},
      {v1::REASON_PARTY_MANAGED, {"请该单位负责人邀请", "ask the party's own manager"}},
      {v1::REASON_POSSESSION, {"用 key rotate 换钥", "rotate with key rotate"}},
      {v1::REASON_INVITATION_TERM, {"用 --hours 写 1 到 168", "say 1 to 168 with --hours"}},
      {v1::REASON_SUSPICION,
       {"原因写 lost 或 compromised，时间写过去的",
        "the cause is lost or compromised, the time past"}},
      {v1::REASON_NOT_ACCREDITED,
       {"用 grant list 查看资质范围和期限",
        "grant list shows what the laboratory may test, and when"}},
      {v1::REASON_SEPARATION,
       {"换另一人（监督抽查换另一机构）办理",
        "another person, or of a spot check another body, does it"}},
      {v1::REASON_MEMBER_TERM,
       {"请本单位负责人重新邀请（member invite --from --until）",
        "ask your manager to invite you anew (member invite --from --until)"}},
      {v1::REASON_KEY_AGED,
       {"用 key rotate 换一把新钥", "put a new key in its place with key rotate"}},
      {v1::REASON_PARTY_SUSPENDED, {"请联系监管部门", "ask the regulator"}},
      {v1::REASON_SAME_PERSON,
       {"请另一位密钥登记满七天的批准人办理", "let another approver do it, enrolled for 7 days"}},
      {v1::REASON_GRANT,
       {"按 --help 补全后重新提议", "complete it as --help says, and propose again"}},
      {v1::REASON_PROPOSAL_CLOSED, {"用 grant proposals 查看", "see grant proposals"}},
      {v1::REASON_KEY_MALFORMED, {"用 key create 重新生成密钥", "make a key with key create"}},
      {v1::REASON_INTERNAL_ONLY, kOperator},
      {v1::REASON_NOT_FOUND,
       {"核对编号和种类；看不到的也显示为找不到",
        "check the name and its kind; what you may not see is not found either"}},
      {v1::REASON_ALREADY_EXISTS, kExists},
      {v1::REASON_REQUEST_ID_REUSED,
       {"内容变了就换一个 --request-id；未变则原样重发",
        "use a new --request-id for new content; repeat the old content unchanged"}},
      {v1::REASON_ERASED,
       {"删除不可撤销；确需时重新登记该人",
        "erasure is for ever; store the person anew if need be"}},
      {v1::REASON_METHOD_UNKNOWN,
       {"升级服务器，或换用与它同版本的命令行",
        "upgrade the server, or use a command line of its version"}},
      {v1::REASON_BATCH_ON_HOLD, kHeld},
      {v1::REASON_BATCH_RECALLED,
       {"用 recall get 查看召回公告，按公告处理", "recall get shows the notice; act on it"}},
      {v1::REASON_INSUFFICIENT_QUANTITY, kStock},
      {v1::REASON_NOT_IN_POSSESSION, kStock},
      {v1::REASON_NOT_ADDRESSEE, kShipment},
      {v1::REASON_SHIPMENT_CLOSED, kShipment},
      {v1::REASON_RECEIVED_TOO_MUCH, kShipment},
      {v1::REASON_SHORTFALL_CAUSE,
       {"少收的批次写成 --line 批次=实收;原因（returned | missing | damaged）",
        "write a short line as --line BATCH=RECEIVED;CAUSE (returned | missing | damaged)"}},
      {v1::REASON_TEMPERATURE_RANGE,
       {"先写低的，再写高的，如 0..8", "write the lower first, then the higher, like 0..8"}},
      {v1::REASON_BALANCE, kBalance},
      {v1::REASON_DIFFERENT_PRODUCT, {"只合并同一产品的批次", "merge batches of one product only"}},
      {v1::REASON_GRADE_UNKNOWN,
       {"用 product get 查看该产品的等级", "product get shows the product's grades"}},
      {v1::REASON_DUPLICATE, {"删去重复的一项", "leave the second one out"}},
      {v1::REASON_SAME_SITE, {"收货站另选一个", "choose another site to ship to"}},
      {v1::REASON_SITE_TREE,
       {"乡镇站的上级是县级集散中心，村级网点的上级是乡镇站",
        "a township station hangs under a county hub, a village point under a station"}},
      {v1::REASON_VERDICT,
       {"不写 --verdict，由检测数据得出", "leave --verdict out: it follows from the results"}},
      {v1::REASON_RESULT_EXISTS,
       {"重新抽样（--purpose recheck）后再报结果",
        "take a new sample (--purpose recheck) for a new result"}},
      {v1::REASON_NO_RESULT,
       {"用 inspect show 查看该抽样的结果", "inspect show tells what the sampling has"}},
      {v1::REASON_RESULT_ISSUED,
       {"用 inspect show 查看由谁签发", "inspect show tells who issued it"}},
      {v1::REASON_NOT_ON_HOLD,
       {"用 trace timeline 查看批次现有的冻结", "trace timeline shows the batch's holds"}},
      {v1::REASON_LABEL_BUDGET, kLabel},
      {v1::REASON_NO_NET_CONTENT,
       {"登记带净含量（--net-content）的产品", "register the product with its --net-content"}},
      {v1::REASON_LABEL_RANGE, kLabel},
      {v1::REASON_LABEL_STAGE,
       {"用 label show 查看每段标签到了哪一步", "label show lists how far each range has come"}},
      {v1::REASON_COMPLAINT_STAGE,
       {"用 complaint show 查看进展：先受理，再答复",
        "complaint show says how far it is: accept first, then answer"}},
      {v1::REASON_LABEL_LAYOUT,
       {"换一种标签纸（--layout）：40x30、50x30、60x40、a4-3x7、a4-3x8、a4-4x10",
        "take another stock (--layout): 40x30, 50x30, 60x40, a4-3x7, a4-3x8, a4-4x10"}},
      {v1::REASON_LABELS_LIVE, kLabel},
      {v1::REASON_RECALL_CLOSED, {"需要时重新发起召回", "open a new recall if there is need"}},
      {v1::REASON_HOLDER_SUSPENDED,
       {"先解除停业（grant suspend --suspended false，须另一人批准）",
        "let it act again first: grant suspend --suspended false, approved by another person"}},
      {v1::REASON_CERTIFIED_PRODUCT,
       {"用 product list --party 查看持证主体的产品，只写它自己的",
        "product list --party shows the holder's products; name those alone"}},
      {v1::REASON_CERTIFICATION_TERM,
       {"按证书写 --from 和 --until，如 2026-01-01；换证的新证书另行登记",
        "give --from and --until as on the certificate, like 2026-01-01; a renewed one is recorded "
        "anew"}},
      {v1::REASON_CERTIFICATION_ENDED,
       {"用 certification list 查看何时、因何终止",
        "certification list shows when it ended and why"}},
      {v1::REASON_CERTIFICATION_END_DATE,
       {"用 --on 写终止日，如 2026-10-01；--cause error 时不写",
        "give the day with --on, like 2026-10-01; with --cause error leave it out"}},
      {v1::REASON_PARTY_ROLE,
       {"用 party get 查看该单位的类型", "party get shows what the party is"}},
      {v1::REASON_BUSY, kRepeat},
      {v1::REASON_QUEUE_FULL, kRepeat},
      {v1::REASON_RATE_LIMITED, kRepeat},
      {v1::REASON_DEADLINE, kRepeat},
      {v1::REASON_UNAVAILABLE,
       {"检查网络、--profile 里的服务器地址和服务是否在运行",
        "check the network, the profile's server, and that it runs"}},
      {v1::REASON_VIEW_BEHIND, kRepeat},
      {v1::REASON_CLOCKS,
       {"请运维为各服务器校时（NTP）；请求可安全重发",
        "ask the operator to set the servers' clocks (NTP); the request is safe to repeat"}},
      {v1::REASON_INTERNAL, kOperator},
      {v1::REASON_READ_ONLY,
       {"把配置的服务器改为主服务：profile set NAME --server",
        "point the profile at the server that the copy follows: profile set NAME --server"}},
  };
  return *advices;
}

}  // namespace

std::string MessageIn(const absl::Status& status, Language language) {
  const v1::Reason reason = domain::ReasonOf(status);
  if (reason != v1::REASON_UNSPECIFIED) {
    return text::TextOf(*v1::Reason_descriptor()->FindValueByNumber(reason), language,
                        domain::DetailsOf(status));
  }
  if (absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status)) {
    return language == Language::kChinese ? "连不上服务器" : "The server cannot be reached";
  }
  return text::WordsOf(status, language);
}

const Say& AdviceFor(v1::Reason reason) { return Advices().at(reason); }

std::string Explained(const absl::Status& status, Language language) {
  const bool chinese = language == Language::kChinese;
  std::string text = StrCat(chinese ? "错误：" : "Error: ", MessageIn(status, language), "\n");
  for (const domain::RowError& row : domain::RowErrorsOf(status)) {
    StrAppend(&text, chinese ? "  第 " : "  row ", row.row + 1, chinese ? " 行：" : ": ",
              MessageIn(row.status, language), "\n");
  }
  const bool unreachable = absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
  const v1::Reason reason = domain::ReasonOf(status);
  const Say& advice =
      AdviceFor(reason == v1::REASON_UNSPECIFIED && unreachable ? v1::REASON_UNAVAILABLE : reason);
  if (!advice.empty()) {
    StrAppend(&text, chinese ? "怎么办：" : "What to do: ", advice.In(language), "\n");
  }
  return text;
}

std::string ErrorJson(const absl::Status& status, Language language) {
  JsonObject object = ErrorObject(status, language);
  std::vector<std::string> rows;
  for (const domain::RowError& row : domain::RowErrorsOf(status)) {
    rows.push_back(ErrorObject(row.status, language).Number("row", row.row).str());
  }
  if (!rows.empty()) object.Json("rows", JsonList(rows));
  return object.str();
}

}  // namespace suyuan::cli
