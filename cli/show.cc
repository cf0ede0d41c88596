#include "cli/show.h"

#include <map>

#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "cli/value.h"
#include "services/domain/quantity.h"
#include "services/domain/temperature.h"
#include "services/domain/time.h"
#include "services/text/place.h"
#include "storage/base/bytes.h"
#include "storage/base/status.h"
#include "storage/base/text.h"
#include "suyuan/claim/v1/chain.pb.h"
#include "suyuan/v1/label.pb.h"
#include "suyuan/v1/trace.pb.h"

namespace suyuan::cli {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

std::string ShowTime(absl::Time time, int offset_minutes) {
  return absl::FormatTime("%Y-%m-%d %H:%M", time, absl::FixedTimeZone(offset_minutes * 60));
}

std::string ShowQuantity(const claim::v1::Quantity& quantity, Language language) {
  if (quantity.unit() == claim::v1::UNIT_UNSPECIFIED) return "";
  return domain::FormatAmount({quantity.amount(), quantity.unit()}, language == Language::kChinese);
}

std::string ShowResidue(int64_t ng_per_kg) {
  std::string text = absl::StrFormat("%d.%06d", ng_per_kg / 1'000'000, ng_per_kg % 1'000'000);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text + " mg/kg";
}

std::string ShowAnalyte(const claim::v1::AnalyteResult& result, Language language) {
  const bool chinese = language == Language::kChinese;
  std::string text =
      chinese || result.analyte_en().empty() ? result.analyte() : result.analyte_en();
  if (result.has_screening()) {
    return StrCat(text, " ", Shown(result.screening(), "outcome", language));
  }
  const claim::v1::Measurement& measured = result.measurement();
  StrAppend(&text, measured.below() ? " <" : " ", ShowResidue(measured.value_ng_per_kg()));
  if (measured.limit_ng_per_kg() == 0) return text;
  return StrCat(text, chinese ? "（限量 " : " (limit ", ShowResidue(measured.limit_ng_per_kg()),
                chinese ? "）" : ")");
}

std::string ShowHolding(const v1::Holding& holding, Language language) {
  const std::string transit = language == Language::kChinese ? "在途" : "in transit";
  const std::string& place = holding.site_name().empty() ? transit : holding.site_name();
  return StrCat(place, " ", ShowQuantity(holding.quantity(), language));
}

// A place that has no name is shown as its code.
std::string ShowPlace(const std::string& code, Language language) {
  const std::string name = text::PlaceName(code, language);
  return name.empty() ? code : name;
}

std::string ShowMessage(const Message& message, Language language) {
  const std::string& type = message.GetDescriptor()->name();
  if (type == "Timestamp") {
    return ShowTime(domain::TimeOf(static_cast<const google::protobuf::Timestamp&>(message)),
                    kDefaultOffsetMinutes);
  }
  if (type == "When") {
    const auto& when = static_cast<const claim::v1::When&>(message);
    return ShowTime(domain::TimeOf(when.time()), when.utc_offset_minutes());
  }
  if (type == "Quantity") {
    return ShowQuantity(static_cast<const claim::v1::Quantity&>(message), language);
  }
  if (type == "BatchQuantity") {
    const auto& line = static_cast<const claim::v1::BatchQuantity&>(message);
    return StrCat(line.batch(), " ", ShowQuantity(line.quantity(), language));
  }
  if (type == "TemperatureRange") {
    return domain::FormatTemperatures(static_cast<const claim::v1::TemperatureRange&>(message),
                                      language == Language::kChinese);
  }
  if (type == "ScanPlace") {
    const auto& place = static_cast<const v1::ScanPlace&>(message);
    return StrCat(ShowPlace(place.place(), language), " ", place.labels());
  }
  if (type == "Holding") return ShowHolding(static_cast<const v1::Holding&>(message), language);
  if (type == "AnalyteResult") {
    return ShowAnalyte(static_cast<const claim::v1::AnalyteResult&>(message), language);
  }
  return message.ShortDebugString();
}

std::string ShowBool(bool value, Language language) {
  if (!value) return "";
  return language == Language::kChinese ? "是" : "yes";
}

const std::map<std::string, Say, std::less<>>& EventWords() {
  static const auto* words = new std::map<std::string, Say, std::less<>>{
      {"ledger_created", {"建账", "ledger created"}},
      {"schema_stored", {"存入格式", "schema stored"}},
      {"system_key_enrolled", {"系统密钥登记", "system key enrolled"}},
      {"party_registered", {"主体登记", "party registered"}},
      {"member_added", {"增加成员", "member added"}},
      {"person_erased", {"删除个人信息", "person erased"}},
      {"key_enrolled", {"密钥登记", "key enrolled"}},
      {"change_proposed", {"提议", "change proposed"}},
      {"change_approved", {"批准", "change approved"}},
      {"product_use_set", {"产品许可", "product use"}},
      {"member_invited", {"邀请成员", "member invited"}},
      {"member_enrolled", {"成员设备登记", "device enrolled"}},
      {"key_rotated", {"换钥", "key rotated"}},
      {"key_revoked", {"密钥作废", "key revoked"}},
      {"site_registered", {"站点登记", "site registered"}},
      {"plot_registered", {"地块登记", "plot registered"}},
      {"product_registered", {"产品登记", "product registered"}},
      {"batch_harvested", {"采收", "harvested"}},
      {"batch_split", {"分批", "split"}},
      {"batches_merged", {"并批", "merged"}},
      {"batch_graded", {"分级", "graded"}},
      {"loss_recorded", {"损耗", "loss"}},
      {"sample_taken", {"抽样", "sampled"}},
      {"result_recorded", {"检测结果", "result"}},
      {"result_issued", {"签发", "result issued"}},
      {"hold_placed", {"冻结", "held"}},
      {"hold_released", {"解冻", "released"}},
      {"shipment_dispatched", {"发货", "shipped"}},
      {"shipment_received", {"收货", "received"}},
      {"shipment_refused", {"拒收", "refused"}},
      {"labels_issued", {"赋码", "labels issued"}},
      {"labels_voided", {"标签作废", "labels voided"}},
      {"labels_marked", {"标签登记", "labels marked"}},
      {"recall_opened", {"召回", "recall opened"}},
      {"recall_extended", {"召回扩大", "recall extended"}},
      {"recall_closed", {"召回结束", "recall closed"}},
      {"certification_recorded", {"认证登记", "certification recorded"}},
      {"certification_ended", {"认证终止", "certification ended"}},
      {"complaint_filed", {"举报登记", "complaint filed"}},
      {"complaint_accepted", {"举报受理", "complaint accepted"}},
      {"complaint_rejected", {"举报不予受理", "complaint not accepted"}},
      {"complaint_answered", {"举报办结", "complaint answered"}},
      {"access_summed", {"访问合计", "access summed"}}};
  return *words;
}

// Kinds of events, and names of enum values where an answer gives them as text, have words too.
std::string ShowText(const FieldDescriptor& field, const std::string& text, Language language) {
  const std::string& name = field.name();
  if (name == "kind" || name == "events") {
    const auto words = EventWords().find(text);
    return words == EventWords().end() ? text : words->second.In(language);
  }
  if (name == "first_place") return ShowPlace(text, language);
  if (name != "detail") return text;
  // The file's own table: the pool only finds values of files that something has asked for.
  const auto* value = claim::v1::Harvest::descriptor()->file()->FindEnumValueByName(text);
  return value == nullptr ? text : text::TextOf(*value, language);
}

// Of a refusal without its details.
const std::map<std::string, std::string>& OpenDetails() {
  static const auto* details = new std::map<std::string, std::string>{
      {"available", "…"}, {"detail", "…"}, {"entered", "…"}, {"field", "…"},
      {"grade", "…"},     {"limit", "…"},  {"needed", "…"},  {"resource", "…"}};
  return *details;
}

// One value: of a singular field, or the `index`-th of a list.
std::string ShowOne(const Message& message, const FieldDescriptor* field, int index,
                    Language language) {
  const Reflection* reflection = message.GetReflection();
  const bool list = field->is_repeated();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return ShowMessage(list ? reflection->GetRepeatedMessage(message, field, index)
                              : reflection->GetMessage(message, field),
                         language);
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto* value = list ? reflection->GetRepeatedEnum(message, field, index)
                               : reflection->GetEnum(message, field);
      return value->number() == 0 ? "" : text::TextOf(*value, language, OpenDetails());
    }
    case FieldDescriptor::CPPTYPE_STRING: {
      const std::string text = list ? reflection->GetRepeatedString(message, field, index)
                                    : reflection->GetString(message, field);
      return field->type() == FieldDescriptor::TYPE_BYTES ? HexOf(text)
                                                          : ShowText(*field, text, language);
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      return ShowBool(reflection->GetBool(message, field), language);
    case FieldDescriptor::CPPTYPE_INT64:
      return StrCat(reflection->GetInt64(message, field));
    default:
      return StrCat(reflection->GetInt32(message, field));
  }
}

const std::map<std::string, Say, std::less<>>& Headings() {
  static const auto* headings = new std::map<std::string, Say, std::less<>>{
      {"analyte", {"项目", "analyte"}},
      {"answer_by_time", {"办结期限", "answer by"}},
      {"answer_time", {"办结时间", "answered"}},
      {"authority_name", {"承办单位", "authority"}},
      {"complaint", {"举报", "complaint"}},
      {"contact", {"联系方式", "contact"}},
      {"decide_by_time", {"受理期限", "decide by"}},
      {"decide_time", {"受理时间", "decided"}},
      {"erased", {"内容已删除", "content erased"}},
      {"file_time", {"登记时间", "filed"}},
      {"overdue", {"超期", "overdue"}},
      {"photo", {"照片", "photo"}},
      {"photos", {"照片", "photos"}},
      {"stage", {"进展", "stage"}},
      {"text", {"答复", "answer"}},
      {"content.text", {"举报内容", "says"}},
      {"area_m2", {"面积（平方米）", "area (m²)"}},
      {"as_of_size", {"截至账本长度", "as of size"}},
      {"batch", {"批次", "batch"}},
      {"batches", {"批次", "batches"}},
      {"approved", {"已批准", "approved"}},
      {"behind", {"落后记录数", "behind"}},
      {"body", {"发证机构", "issued by"}},
      {"cause", {"原因", "cause"}},
      {"certification", {"认证", "certification"}},
      {"claim", {"内容", "what"}},
      {"from_date", {"自", "from"}},
      {"from_time", {"自", "from"}},
      {"until_date", {"至", "until"}},
      {"until_time", {"至", "until"}},
      {"key_until_time", {"密钥可用至", "key until"}},
      {"member_until_time", {"任期至", "term until"}},
      {"person", {"自然人", "person"}},
      {"private_root", {"私密数据根", "private root"}},
      {"value.value", {"值", "value"}},
      {"proposal", {"提议", "proposal"}},
      {"suspended", {"已停业", "suspended"}},
      {"analyst", {"检测员", "analyst"}},
      {"claim.name", {"名称", "name"}},
      {"claim.number", {"证书编号", "number"}},
      {"claim.purpose", {"目的", "purpose"}},
      {"result_claim.method", {"检测方法", "method"}},
      {"result_claim.results", {"检测数据", "answers"}},
      {"closed", {"已结束", "closed"}},
      {"code", {"标签码", "code"}},
      {"contact_time", {"最近联系", "last contact"}},
      {"count", {"数量", "count"}},
      {"demo", {"演示账本", "demo ledger"}},
      {"depth", {"层", "depth"}},
      {"detail", {"说明", "detail"}},
      {"event", {"事件号", "event"}},
      {"events", {"事件", "events"}},
      {"first_time", {"最早", "first"}},
      {"following", {"跟随", "following"}},
      {"first", {"起号", "first"}},
      {"first_day", {"首日", "first day"}},
      {"from_party", {"发货方", "from"}},
      {"from_site", {"发货站", "from site"}},
      {"grade", {"等级", "grade"}},
      {"grades", {"等级", "grades"}},
      {"gtin", {"GTIN", "GTIN"}},
      {"hazard", {"危害", "hazard"}},
      {"hold", {"冻结", "hold"}},
      {"holder", {"持证主体", "holder"}},
      {"holding", {"现在何处", "held at"}},
      {"holdings", {"现在何处", "held at"}},
      {"holds", {"冻结", "holds"}},
      {"inputs", {"来自", "made of"}},
      {"invitation", {"邀请", "invitation"}},
      {"end.cause", {"终止原因", "why ended"}},
      {"end_date", {"终止日", "ended on"}},
      {"ended", {"已终止", "ended"}},
      {"grant", {"授权", "grant"}},
      {"issue_time", {"签发时间", "issued"}},
      {"keep", {"要求温度", "to be kept at"}},
      {"key", {"密钥", "key"}},
      {"kind", {"类型", "kind"}},
      {"last", {"止号", "last"}},
      {"lab", {"检测机构", "laboratory"}},
      {"labels", {"标签数", "labels"}},
      {"last_day", {"末日", "last day"}},
      {"leader_size", {"主服务账本长度", "leader's size"}},
      {"leaf_hash", {"叶哈希", "leaf hash"}},
      {"ledger_id", {"账本号", "ledger"}},
      {"level", {"级别", "level"}},
      {"lines", {"明细", "lines"}},
      {"log_verifier_key", {"账本公钥", "log key"}},
      {"measured", {"途中温度", "measured"}},
      {"member", {"成员", "member"}},
      {"method", {"接口", "method"}},
      {"name", {"编号", "id"}},
      {"name_en", {"英文名", "English name"}},
      {"net_content", {"净含量", "net content"}},
      {"note", {"检查点", "checkpoint"}},
      {"notice_zh", {"公告", "notice"}},
      {"number", {"号", "no."}},
      {"occur_time", {"发生时间", "happened"}},
      {"on_hold", {"冻结", "on hold"}},
      {"origin", {"账本", "origin"}},
      {"outcome", {"结果", "outcome"}},
      {"parent", {"上级", "parent"}},
      {"party", {"主体", "party"}},
      {"party_name", {"主体", "party"}},
      {"party_roles", {"主体类型", "party roles"}},
      {"places", {"扫码地", "scanned in"}},
      {"plot", {"地块", "plot"}},
      {"plots", {"地块", "plots"}},
      {"product", {"产品", "product"}},
      {"product_name", {"产品", "product"}},
      {"products", {"产品", "products"}},
      {"published_size", {"已公布长度", "published"}},
      {"quantity", {"数量", "quantity"}},
      {"reason", {"原因", "reason"}},
      {"recall", {"召回", "recall"}},
      {"recalled", {"召回", "recalled"}},
      {"recalls", {"召回", "recalls"}},
      {"record_time", {"登记时间", "recorded"}},
      {"region_code", {"行政区划", "region"}},
      {"resource", {"相关", "about"}},
      {"result", {"结果", "result"}},
      {"revoked", {"已作废", "revoked"}},
      {"role", {"角色", "role"}},
      {"roles", {"类型", "roles"}},
      {"root", {"树根", "root"}},
      {"run", {"标签批号", "run"}},
      {"sampler", {"抽样员", "sampler"}},
      {"sampling", {"抽样", "sampling"}},
      {"scheme", {"认证种类", "scheme"}},
      {"scope_count", {"涉及批次", "batches in scope"}},
      {"sequence", {"记录号", "record"}},
      {"server_time", {"服务器时间", "server time"}},
      {"shipment", {"运单", "shipment"}},
      {"scans.first_day", {"首次扫码", "first scanned"}},
      {"scans.first_place", {"首次扫码地", "first scanned in"}},
      {"signal", {"信号", "signal"}},
      {"signatory", {"签字人", "signatory"}},
      {"signed_time", {"签名时间", "signed"}},
      {"site", {"站点", "site"}},
      {"site_name", {"站点", "site"}},
      {"size", {"账本长度", "size"}},
      {"state", {"状态", "state"}},
      {"state_time", {"登记于", "since"}},
      {"stopped", {"停止跟随的原因", "stopped"}},
      {"to_party", {"收货方", "to"}},
      {"to_site", {"收货站", "to site"}},
      {"township", {"乡镇", "township"}},
      {"trouble", {"联系不上的原因", "trouble"}},
      {"unusual", {"不寻常", "unusual"}},
      {"unit", {"单位", "unit"}},
      {"url", {"网址", "URL"}},
      {"uscc", {"统一社会信用代码", "USCC"}},
      {"utc_offset_minutes", {"时差（分钟）", "UTC offset (min)"}},
      {"verdict", {"结论", "verdict"}},
      {"version", {"版本", "version"}},
      {"village", {"村", "village"}},
      {"voided", {"已作废", "voided"}},
  };
  return *headings;
}

}  // namespace

std::string Shown(const Message& message, std::string_view path, Language language) {
  const size_t dot = path.find('.');
  const FieldDescriptor* field = FieldAt(message.GetDescriptor(), path.substr(0, dot));
  const Reflection* reflection = message.GetReflection();
  if (dot != std::string_view::npos) {
    if (!reflection->HasField(message, field)) return "";
    return Shown(reflection->GetMessage(message, field), path.substr(dot + 1), language);
  }
  if (!field->is_repeated()) {
    if (field->has_presence() && !reflection->HasField(message, field)) return "";
    return ShowOne(message, field, 0, language);
  }
  std::string joined;
  for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
    StrAppend(&joined,
              joined.empty()                   ? ""
              : language == Language::kChinese ? "、"
                                               : ", ",
              ShowOne(message, field, i, language));
  }
  return joined;
}

const std::string& Heading(std::string_view path, Language language) {
  auto found = Headings().find(path);
  if (found == Headings().end()) found = Headings().find(path.substr(path.rfind('.') + 1));
  SUYUAN_CHECK(found != Headings().end());
  return found->second.In(language);
}

const std::string& CollectionWord(const std::string& collection, Language language) {
  if (collection == "parties") return Heading("party", language);
  if (collection == "labelRuns") return Heading("run", language);
  if (collection == "batches") return Heading("batch", language);
  return Heading(collection.substr(0, collection.size() - 1), language);
}

}  // namespace suyuan::cli
