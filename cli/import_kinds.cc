// The tables that can be imported, in the order in which they refer to each other.
#include "cli/import.h"
#include "services/domain/deciders.h"
#include "suyuan/v1/inspection.pb.h"

namespace suyuan::cli {
namespace {

constexpr size_t kHarvestsMax = 500;  // In one record.

void SetVerdict(google::protobuf::Message* message) {
  claim::v1::TestResult& result = *static_cast<v1::RecordResultRequest*>(message)->mutable_result();
  if (result.verdict() == claim::v1::VERDICT_UNSPECIFIED) {
    result.set_verdict(domain::VerdictOf(result));
  }
}

std::vector<ImportKind> Registered() {
  return {{.name = "parties",
           .help = {"主体", "parties"},
           .method = "RegistryService/RegisterParty",
           .result = "party",
           .columns = {{"name", "名称", "party.name"},
                       {"name_en", "英文名", "party.name_en"},
                       {"roles", "类型", "party.roles"},
                       {"uscc", "统一社会信用代码", "party.uscc"},
                       {"region_code", "行政区划", "party.region_code"}}},
          {.name = "grants",
           .help = {"授权提议", "proposals of grants"},
           .method = "IdentityService/ProposeChange",
           .result = "proposal",
           .columns = {{"party", "主体", "proposal.grant.party"},
                       {"role", "角色", "proposal.grant.role"},
                       {"until", "到期", "proposal.grant.until_time"},
                       {"region_code", "辖区", "proposal.grant.region_code"},
                       {"certificate", "证书号", "proposal.grant.certificate"},
                       {"parameters", "检测参数", "proposal.grant.parameters"},
                       {"product_classes", "产品类别", "proposal.grant.product_classes"}}},
          {.name = "approvals",
           .help = {"批准", "approvals of proposals"},
           .method = "IdentityService/ApproveChange",
           .columns = {{"proposal", "提议", "approval.proposal"}}},
          {.name = "product-uses",
           .help = {"产品许可", "who may harvest under whose product"},
           .method = "RegistryService/SetProductUse",
           .columns = {{"product", "产品", "product_use.product"},
                       {"party", "主体", "product_use.party"},
                       {"allowed", "许可", "product_use.allowed"}}},
          {.name = "sites",
           .help = {"站点", "sites"},
           .method = "RegistryService/RegisterSite",
           .result = "site",
           .columns = {{"name", "名称", "site.name"},
                       {"name_en", "英文名", "site.name_en"},
                       {"kind", "类型", "site.kind"},
                       {"parent", "上级", "site.parent"},
                       {"township", "乡镇", "site.township"},
                       {"region_code", "行政区划", "site.region_code"}}},
          {.name = "plots",
           .help = {"地块", "plots"},
           .method = "RegistryService/RegisterPlot",
           .result = "plot",
           .columns = {{"name", "名称", "plot.name"},
                       {"kind", "类型", "plot.kind"},
                       {"area", "面积", "plot.area_m2"},
                       {"township", "乡镇", "plot.township"},
                       {"village", "村", "plot.village"},
                       {"region_code", "行政区划", "plot.region_code"}}},
          {.name = "products",
           .help = {"产品", "products"},
           .method = "RegistryService/RegisterProduct",
           .result = "product",
           .columns = {{"name", "名称", "product.name"},
                       {"name_en", "英文名", "product.name_en"},
                       {"gtin", "条码", "product.gtin"},
                       {"product_class", "类别", "product.product_class"},
                       {"unit", "单位", "product.unit"},
                       {"net_content", "净含量", "product.net_content"},
                       {"grades", "等级", "product.grades"},
                       {"shelf_life_days", "保质期天数", "product.shelf_life_days"}}},
          {.name = "certifications",
           .help = {"产品认证", "certifications of products"},
           .method = "RegistryService/RecordCertification",
           .result = "certification",
           .columns = {{"holder", "持证主体", "certification.holder"},
                       {"scheme", "种类", "certification.scheme"},
                       {"number", "证书编号", "certification.number"},
                       {"body", "发证机构", "certification.body"},
                       {"products", "产品", "certification.products"},
                       {"from_date", "起日", "certification.from_date"},
                       {"until_date", "止日", "certification.until_date"}}}};
}

std::vector<ImportKind> Made() {
  return {{.name = "harvests",
           .help = {"采收", "harvests"},
           .method = "OriginService/RegisterHarvests",
           .element = "harvests",
           .rows_max = kHarvestsMax,
           .result = "batches",
           .columns = {{"product", "产品", "+product"},
                       {"plots", "地块", "+plots"},
                       {"site", "站点", "+site"},
                       {"quantity", "数量", "+quantity"},
                       {"time", "时间", "+occur"}}},
          {.name = "gradings",
           .help = {"分级", "gradings"},
           .method = "GradingService/GradeBatch",
           .element = "grading.outputs",
           .group = "batch",
           .result = "batches",
           .columns = {{"batch", "批次", "grading.input.batch"},
                       {"input", "投入", "grading.input.quantity"},
                       {"site", "站点", "grading.site"},
                       {"loss", "损耗", "grading.loss"},
                       {"scheme", "标准", "grading.scheme"},
                       {"time", "时间", "grading.occur"},
                       {"grade", "等级", "+grade"},
                       {"quantity", "数量", "+quantity"}}},
          {.name = "splits",
           .help = {"分批", "splits"},
           .method = "OriginService/SplitBatch",
           .element = "split.parts",
           .group = "batch",
           .result = "batches",
           .columns = {{"batch", "批次", "split.batch"},
                       {"site", "站点", "split.site"},
                       {"time", "时间", "split.occur"},
                       {"quantity", "数量", "+"}}},
          {.name = "merges",
           .help = {"并批", "merges"},
           .method = "OriginService/MergeBatches",
           .element = "merge.inputs",
           .group = "key",
           .result = "batch",
           .columns = {{"site", "站点", "merge.site"},
                       {"time", "时间", "merge.occur"},
                       {"batch", "批次", "+batch"},
                       {"quantity", "数量", "+quantity"}}},
          {.name = "losses",
           .help = {"损耗", "losses"},
           .method = "OriginService/RecordLoss",
           .columns = {{"batch", "批次", "loss.batch"},
                       {"site", "站点", "loss.site"},
                       {"quantity", "数量", "loss.quantity"},
                       {"cause", "原因", "loss.cause"},
                       {"time", "时间", "loss.occur"}}}};
}

std::vector<ImportKind> Inspected() {
  return {
      {.name = "samplings",
       .help = {"抽样", "samplings"},
       .method = "InspectionService/RecordSampling",
       .result = "sampling",
       .columns = {{"batch", "批次", "sampling.batch"},
                   {"purpose", "目的", "sampling.purpose"},
                   {"lab", "检测机构", "sampling.lab"},
                   {"sample", "样品量", "sampling.sample"},
                   {"seal", "封样号", "sampling.seal_number"},
                   {"time", "时间", "sampling.occur"}}},
      {.name = "results",
       .help = {"检测结果，一行一个项目", "results, a row an analyte"},
       .method = "InspectionService/RecordResult",
       .element = "result.results",
       .group = "sampling",
       .result = "result",
       .columns = {{"sampling", "抽样", "result.sampling"},
                   {"method", "方法", "result.method"},
                   {"time", "时间", "result.occur"},
                   {"analyte", "项目", "+analyte"},
                   {"analyte_en", "项目英文名", "+analyte_en"},
                   {"value", "检测值", "+measurement"},
                   {"limit", "限量", "+measurement.limit_ng_per_kg"},
                   {"source", "限量标准", "+measurement.limit_source"},
                   {"screening", "快检结果", "+screening.outcome"},
                   {"inhibition", "抑制率", "+screening.inhibition_permille"}},
       .finish = SetVerdict},
      {.name = "issuances",
       .help = {"签发", "results issued by a signatory"},
       .method = "InspectionService/IssueResult",
       .columns = {{"sampling", "抽样", "issuance.sampling"}, {"time", "时间", "issuance.occur"}}}};
}

std::vector<ImportKind> Moved() {
  return {{.name = "shipments",
           .help = {"发货，一行一个批次", "shipments, a row a batch"},
           .method = "ShipmentService/Ship",
           .element = "dispatch.lines",
           .group = "key",
           .result = "shipment",
           .columns = {{"from", "发货站", "dispatch.from_site"},
                       {"to", "收货站", "dispatch.to_site"},
                       {"carrier", "承运方", "dispatch.carrier"},
                       {"time", "时间", "dispatch.occur"},
                       {"keep", "要求温度", "dispatch.keep"},
                       {"batch", "批次", "+batch"},
                       {"quantity", "数量", "+quantity"}}},
          {.name = "receipts",
           .help = {"收货；只写少收的批次", "receipts; name only what is short"},
           .method = "ShipmentService/ReceiveShipment",
           .element = "arrival.lines",
           .group = "shipment",
           .columns = {{"shipment", "运单", "arrival.shipment"},
                       {"time", "时间", "arrival.occur"},
                       {"measured", "途中温度", "arrival.measured"},
                       {"batch", "批次", "+batch"},
                       {"quantity", "实收", "+quantity"},
                       {"shortfall", "少收原因", "+shortfall"}}},
          {.name = "labels",
           .help = {"标签", "runs of labels"},
           .method = "LabelService/IssueLabels",
           .result = "run",
           .columns = {{"batch", "批次", "run.batch"}, {"count", "枚数", "run.count"}}}};
}

}  // namespace

const std::vector<ImportKind>& ImportKinds() {
  static const auto* kinds = [] {
    auto* all = new std::vector<ImportKind>;
    for (const auto& family : {Registered, Made, Inspected, Moved}) {
      for (ImportKind& kind : family()) all->push_back(std::move(kind));
    }
    return all;
  }();
  return *kinds;
}

}  // namespace suyuan::cli
