// Every word of the pages, in both languages: one table. `{name}` is filled in, escaped.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "services/text/catalogue.h"

namespace suyuan::portal {

struct Words {
  std::string_view zh, en;
  constexpr std::string_view In(text::Language language) const {
    return language == text::Language::kChinese ? zh : en;
  }
};
// The words with each `{name}` replaced. Not escaped yet.
std::string Fill(std::string_view words,
                 std::initializer_list<std::pair<std::string_view, std::string>> values);

namespace words {

// clang-format off
inline constexpr Words kSite{"溯源", "Suyuan traceability"};

// What is said first: headline, broken into lines only at its |, and what it means.
inline constexpr Words kRecalled{"请勿食用：|这批{product}正在召回", "Do not eat: |this {product} is being recalled"};
inline constexpr Words kHeld{"暂停销售：|正在核查", "Not for sale: |under investigation"};
inline constexpr Words kHeldMeans{"原因：{cause}。核查结束前这批货不得出售或运输。", "Reason: {cause}. Until this is cleared, nothing of this batch may be sold or moved."};
inline constexpr Words kVoided{"这枚标签已作废", "This label has been cancelled"};
inline constexpr Words kVoidedMeans{"它不该出现在商品上。请保留包装，并告诉我们在哪里看到它。", "It should not be on a pack. Please keep the packaging and report where you found it."};
inline constexpr Words kFailed{"检验记录中|有不合格项", "A test on record did not pass"};
inline constexpr Words kFailedMeans{"请看下面的检验结果，再决定是否食用。", "Please read the test results below before you eat this."};
inline constexpr Words kExpired{"已过建议食用期", "Past the time it is best eaten by"};
inline constexpr Words kExpiredMeans{"采收后 {days} 天内食用为宜，现在是第 {age} 天。", "Best within {days} days of harvest; this is day {age}."};
inline constexpr Words kNotShipped{"已登记，尚未出库", "Recorded, not yet shipped"};
inline constexpr Words kNotShippedMeans{"如果您已经买到它，请告诉监管部门。", "If you have bought it already, please report it."};
inline constexpr Words kTested{"已检验，|全部合格", "Tested: |all results conform"};
inline constexpr Words kScreened{"快速检测合格", "Passed rapid screening"};
inline constexpr Words kScreenedMeans{"快速检测只回答阴性或阳性，不给出数值；本批没有实验室检验。", "A rapid test answers negative or positive, without a value. No laboratory tested this batch."};
inline constexpr Words kUndecided{"已检验，无法判定", "Tested, no verdict possible"};
inline constexpr Words kUndecidedMeans{"检验没有得出合格或不合格的结论。", "The test gave neither a pass nor a fail."};
inline constexpr Words kUnissued{"已检测，|报告尚未签发", "Tested: |the report is not issued yet"};
inline constexpr Words kUnissuedMeans{"实验室的授权签字人签发之前，检测不算合格。", "Until an authorised signatory of the laboratory issues it, no test counts as passed."};
inline constexpr Words kUntested{"本批没有检验记录", "No test on record for this batch"};
inline constexpr Words kUntestedMeans{"并非每一批都抽检。没有检验不等于不合格。", "Not every batch is sampled. Untested does not mean failed."};
inline constexpr Words kEvidence{"{date}检验 {count} 项", "{count} checked on {date}"};

// A recall.
inline constexpr Words kReason{"原因", "Reason"};
inline constexpr Words kIssuedBy{"发布", "Issued by"};
inline constexpr Words kSince{"时间", "Since"};
inline constexpr Words kNotice{"召回公告", "Recall notice"};
inline constexpr Words kWhatToDo{"您该怎么做", "What to do"};
inline constexpr Words kDoStop{"不要吃，也不要送给别人。", "Do not eat it or give it away."};
inline constexpr Words kDoKeep{"连同包装和标签一起留着。", "Keep it with its packaging and label."};
inline constexpr Words kDoReturn{"退回购买的地方，或拨打 12315。", "Take it back to where you bought it, or call 12315 (China)."};
inline constexpr Words kInRecall{"您手里的这一批在召回范围内。批次号：", "The batch in your hand is part of the recall. Batch number:"};

// The goods.
inline constexpr Words kPack{"净含量", "Net content"};
inline constexpr Words kGrade{"等级", "Grade"};
inline constexpr Words kHarvest{"采收", "Harvested"};
inline constexpr Words kAmount{"数量", "Amount"};
inline constexpr Words kBatchQuantity{"本批数量", "This batch"};
inline constexpr Words kBatch{"批次号", "Batch number"};
inline constexpr Words kRecall{"召回", "Recall"};
inline constexpr Words kNoRecall{"目前没有", "none at present"};
inline constexpr Words kAgoHours{"距采收 {n} 小时", "{n} h after harvest"};
inline constexpr Words kAgoDays{"距采收 {n} 天", "Day {n} after harvest"};

inline constexpr Words kGram{"克", "g"};
inline constexpr Words kMillilitre{"毫升", "ml"};

// Where from.
inline constexpr Words kOrigin{"来自哪里", "Where it comes from"};
inline constexpr Words kGrownBy{"种养", "Grown by"};
inline constexpr Words kPlace{"产地", "Place"};
inline constexpr Words kPlot{"地块", "Plot"};
inline constexpr Words kMixed{"这批货由 {total} 次采收混合而成。", "This batch is a mix of {total} harvests."};
inline constexpr Words kMoreOrigins{"其余 {n} 次采收", "Other harvests: {n}"};
inline constexpr Words kOriginsCut{"这里列出 {shown} 次，共 {total} 次。", "{shown} of {total} are listed here."};

// Tests.
inline constexpr Words kTests{"检验结果", "Test results"};
inline constexpr Words kNoTest{"这批货没有检验记录。", "There is no test on record for this batch."};
inline constexpr Words kMeasuredPass{"查了 {n} 项，都在限量以内", "Substances measured: {n}; all within their limits"};
inline constexpr Words kMeasuredNoLimit{"查了 {n} 项，其中 {k} 项没有规定限量", "Substances measured: {n}; without a set limit: {k}"};
inline constexpr Words kMeasuredFail{"查了 {n} 项，超过限量的有：{names}", "Substances measured: {n}; above the limit: {names}"};
inline constexpr Words kScreenedNegative{"快速检测 {n} 项，都是阴性", "Rapid test, {n} checked: all negative"};
inline constexpr Words kScreenedPositive{"快速检测 {n} 项，阳性：{names}", "Rapid test, {n} checked: positive for {names}"};
inline constexpr Words kInconclusive{"查了 {n} 项，无法判定", "Checked: {n}; no verdict possible"};
inline constexpr Words kNotIssued{"报告尚未签发", "the report is not issued yet"};
inline constexpr Words kIssued{"授权签字人{date}签发", "issued by a signatory on {date}"};
inline constexpr Words kMethod{"方法 {method}", "method {method}"};
inline constexpr Words kShowValues{"看每一项的数值和限量", "Each value and its limit"};
inline constexpr Words kAnalyte{"项目", "Substance"};
inline constexpr Words kValue{"结果", "Result"};
inline constexpr Words kLimit{"限量", "Limit"};
inline constexpr Words kMgPerKg{"单位：毫克/千克（mg/kg）", "Unit: mg/kg"};
inline constexpr Words kNotDetected{"未检出（<{value}）", "none found (<{value})"};
inline constexpr Words kNoLimit{"未规定", "none set"};
inline constexpr Words kAbove{"超过限量", "above the limit"};
inline constexpr Words kLimitsOf{"限量依据 {source}", "Limits as in {source}"};
inline constexpr Words kMoreAnalytes{"另有 {n} 项未列出。", "Not listed here: {n} more."};
inline constexpr Words kMoreTests{"另有更早的 {n} 次检验未列出。", "Earlier tests not listed here: {n}."};

// The way.
inline constexpr Words kRoute{"经过哪里", "Where it has been"};
inline constexpr Words kEarlierSteps{"更早的 {n} 步未列出。", "Earlier steps not listed here: {n}."};
inline constexpr Words kGapHours{"其间 {n} 小时没有记录", "{n} h without a record"};
inline constexpr Words kGapDays{"其间 {n} 天没有记录", "Days without a record: {n}"};
inline constexpr Words kLateBy{"事后 {n} 天登记", "Recorded later, by days: {n}"};
inline constexpr Words kStepHarvested{"采收 {quantity}", "Harvested {quantity}"};
inline constexpr Words kStepSplit{"分出 {quantity}", "Divided off {quantity}"};
inline constexpr Words kStepMerged{"合并成批 {quantity}", "Merged into a batch of {quantity}"};
inline constexpr Words kStepGraded{"分级：{detail}，{quantity}", "Graded {detail}, {quantity}"};
inline constexpr Words kStepLost{"损耗（{detail}）{quantity}", "Lost ({detail}) {quantity}"};
inline constexpr Words kStepSampled{"抽样（{detail}）", "Sampled ({detail})"};
inline constexpr Words kStepResult{"检验结果：{detail}", "Test result: {detail}"};
inline constexpr Words kStepAnalysed{"检测完成，报告待签发", "Analysed; the report is to be issued"};
inline constexpr Words kStepIssued{"签发检验报告：{detail}", "Test report issued: {detail}"};
inline constexpr Words kStepHeld{"冻结：{detail}", "Held: {detail}"};
inline constexpr Words kStepReleased{"解除冻结：{detail}", "Released: {detail}"};
inline constexpr Words kStepLabelled{"贴码 {detail} 枚", "Labels issued: {detail}"};
inline constexpr Words kStepShipped{"发往 {detail}", "Sent to {detail}"};
inline constexpr Words kStepReceived{"到达，收货 {quantity}", "Arrived, {quantity} received"};
inline constexpr Words kStepRefused{"拒收，退回", "Refused and sent back"};
inline constexpr Words kStepRecalled{"发布召回：{detail}", "Recall issued: {detail}"};
inline constexpr Words kStepRecallWider{"列入召回范围", "Added to the recall"};
inline constexpr Words kKeep{"要求 {keep}", "To be kept at {keep}"};
inline constexpr Words kMeasured{"途中或到货时 {range}", "{range} on the way or on arrival"};
inline constexpr Words kMeasuredWithin{"途中或到货时 {range}（要求 {keep}）", "{range} on the way or on arrival ({keep} asked)"};
inline constexpr Words kMeasuredAbove{"途中或到货时 {range}，高于要求的 {limit}", "{range} on the way or on arrival, above the {limit} asked"};
inline constexpr Words kMeasuredBelow{"途中或到货时 {range}，低于要求的 {limit}", "{range} on the way or on arrival, below the {limit} asked"};
inline constexpr Words kMeasuredOutside{"途中或到货时 {range}，高于也低于要求的 {keep}", "{range} on the way or on arrival, both above and below the {keep} asked"};
inline constexpr Words kStepOther{"有一条记录", "A record"};

// What is missing.
inline constexpr Words kMissing{"没有记录的", "What is not recorded"};
inline constexpr Words kMissingIntro{"我们只说有记录的事。下面这些，这里没有记录：", "We only say what is on record. These are not:"};
inline constexpr Words kMissingInputs{"用药和施肥的经过", "What was sprayed and fertilised, and when"};
inline constexpr Words kMissingCold{"运输全程的温度", "Temperatures of the whole way"};
inline constexpr Words kMissingAsked{"运输途中的温度：要求 {keep}，未记录", "Temperatures on the way: {keep} asked, none recorded"};
inline constexpr Words kMissingTest{"实验室检验", "A laboratory test"};
inline constexpr Words kMissingPlot{"具体的村或地块", "The village or plot"};
inline constexpr Words kMissingArrival{"发出之后到了哪里", "Where it arrived after it was sent"};
inline constexpr Words kMissingSale{"最后一站之后怎样到您手里", "How it came to you after the last place above"};

// Proof.
inline constexpr Words kProof{"自己验证", "Check it yourself"};
inline constexpr Words kProofIs{"这批货登记在账本第 {sequence} 号记录。登记之后，谁也不能改动或删除它而不被发现，我们也不能。", "This batch stands in record {sequence} of the ledger. Nobody can change or remove it without being found out, and neither can we."};
inline constexpr Words kCheckWait{"正在用您的手机核对……", "Checking on your phone …"};
inline constexpr Words kCheckYes{"您的手机已核对：第 {sequence} 号记录写于 {time}，在账本前 {size} 条记录的签名之内，没有改动。", "Checked by your phone: record {sequence}, written {time}, stands unaltered in the signed tree of {size} records."};
inline constexpr Words kCheckNo{"核对不通过：本页和账本对不上，请不要相信它，并拨打 12315。", "The check failed: this page does not agree with the ledger. Do not rely on it, and complain."};
inline constexpr Words kCheckWitnesses{"一同签名的还有（本页未核对）：{names}。", " Also signed by (not checked here): {names}."};
inline constexpr Words kProofFile{"下载证明文件", "Download the proof"};
inline constexpr Words kProofKeep{"保存本页，离线也能核对", "Keep this page; it checks itself offline"};
inline constexpr Words kProofTrust{"我们给您的页面也可能说谎；证明文件加上别人写的工具不会。", "A page that we serve could lie; the proof file and a tool of somebody else’s cannot."};
inline constexpr Words kProofHowTitle{"怎样核对", "How to check"};
inline constexpr Words kProofHow{"用下面这行命令取得这条记录的证明，再用公开的方法核对：", "This command fetches the proof of that record, to be checked with public methods:"};
inline constexpr Words kProofLimit{"账本证明的是谁在什么时候说了什么，不能证明袋子里装的就是它。标签也可能被复制：请核对品名、净含量和等级是否和您手里的一样。", "The ledger proves who said what and when, not what is in the bag. Labels can be copied: see whether name, content and grade are those of the pack in your hand."};
inline constexpr Words kAddress{"这个页面的网址应当以 {host} 开头。", "The address of this page should begin with {host}."};
inline constexpr Words kAsOf{"本页按账本前 {size} 条记录显示，查询于 ", "Shown as of the first {size} records of the ledger, asked for on "};
inline constexpr Words kLabelNumber{"本批第 {n} 枚标签", "Label no. {n} of its run"};

// Help.
inline constexpr Words kHelp{"有问题？", "Something wrong?"};
inline constexpr Words kHelpText{"东西和页面对不上、坏了、吃了不舒服，都可以投诉。请留着包装和标签。", "If the goods differ from this page, are spoilt or made you ill, you can complain. Keep the packaging and the label."};
inline constexpr Words kComplainOnline{"网上举报", "Complain online"};
inline constexpr Words kComplainOnlineMeans{"写给监管部门，可以不留名，可以查进展。", "To the food authority; without a name if you like, and you can follow it."};
inline constexpr Words kCall{"拨打 12315", "Call 12315"};
inline constexpr Words kCallMeans{"全国消费者投诉举报热线", "China’s national consumer hotline"};
inline constexpr Words kIll{"身体不适请先就医，急救电话 120。", "If you feel ill, see a doctor first; the emergency number in China is 120."};
inline constexpr Words kOtherLanguage{"English", "中文"};
inline constexpr Words kLarge{"大字版", "Large type"};
inline constexpr Words kNormalSize{"标准字号", "Normal type"};
inline constexpr Words kMore{"语言和字号", "Language and type size"};
inline constexpr Words kPrivacy{"本页不用账号，不存 Cookie。只记这枚码哪天被扫、扫了几次，不记是谁扫的。", "No account, no cookie. We count on which days a code is scanned and how often, never by whom."};

// Other pages.
inline constexpr Words kNotFound{"没有查到这个码", "This code was not found"};
inline constexpr Words kNotFoundMeans{"可能的原因：", "It may be that"};
inline constexpr Words kNotFoundTyping{"输错或没扫全：码是 20 位数字和大写字母，没有 I、L、O、U。", "it was mistyped or scanned in part: a code has 20 digits and capital letters, never I, L, O or U;"};
inline constexpr Words kNotFoundOther{"它属于别的追溯平台：这里{covers}只有网址以 {host} 开头的标签。", "it belongs to another system: labels of this one{covers} have addresses beginning with {host};"};
inline constexpr Words kNotFoundNever{"这里从未发出过这个码。", "it was never issued here."};
inline constexpr Words kNotFoundDo{"请对照标签再试一次。仍然查不到，请留着包装并投诉。", "Please compare it with the label and try again. If it is still not found, keep the packaging and complain."};
inline constexpr Words kTypeCode{"输入标签上的 20 位码", "Type the 20 characters on the label"};
inline constexpr Words kFind{"查询", "Look up"};
inline constexpr Words kUnavailable{"暂时查不到", "Not available right now"};
inline constexpr Words kUnavailableMeans{"系统正忙或正在维护，不是标签的问题。请过一会儿再扫一次。", "The service is busy or being maintained; nothing is wrong with the label. Please scan it again in a while."};
inline constexpr Words kWelcome{"扫一扫，知来处", "Scan it, know where it is from"};
inline constexpr Words kWelcomeMeans{"这里是农产品溯源的查询页。用手机相机或微信扫包装上的二维码，就能看到它从哪块地来、检验结果如何、一路经过哪里、有没有被召回。", "This is where farm produce is traced. Scan the QR code on a pack with your phone to see which plot it comes from, how it tested, where it has been, and whether it is recalled."};
// clang-format on

}  // namespace words
}  // namespace suyuan::portal
