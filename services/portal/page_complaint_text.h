// What the pages say where somebody complains, and where he follows what becomes of it.
#pragma once

#include "services/portal/page_text.h"

namespace suyuan::portal::words {

// clang-format off
// The form.
inline constexpr Words kComplain{"举报", "Complain"};
inline constexpr Words kComplainIntro{"写给监管部门。不用注册，可以不留名。", "To the food authority. No account; you need not give a name."};
inline constexpr Words kComplainIll{"身体不适请先就医，急救电话 120。", "If you feel ill, see a doctor first; the emergency number in China is 120."};
inline constexpr Words kComplainAbout{"关于{thing} {number}", "About {thing} {number}"};
inline constexpr Words kAboutLabel{"标签", "label"};
inline constexpr Words kAboutBatch{"批次", "batch"};
inline constexpr Words kComplainCode{"标签上的 20 位码（没有可以不填）", "The 20 characters on the label (if there are any)"};
inline constexpr Words kComplainKind{"怎么了？（必选）", "What is wrong? (required)"};
inline constexpr Words kComplainText{"说说情况（必填）", "What happened? (required)"};
inline constexpr Words kComplainTextHint{"例如在哪里、什么时候买的，怎么回事。最多 1000 字。", "Say, for example, where and when you bought it. At most 1,000 characters."};
inline constexpr Words kComplainPhotos{"照片（选填，最多 3 张）", "Photos (optional, up to 3)"};
inline constexpr Words kComplainPhotosHint{"JPEG 或 PNG，每张不超过 5 MB。拍摄地点等附带信息会被去掉。", "JPEG or PNG, at most 5 MB each. Where they were taken and the like is removed."};
inline constexpr Words kComplainContact{"联系方式（选填）", "How to reach you (optional)"};
inline constexpr Words kComplainContactHint{"只有承办的监管人员看得到，不写进账本，可以要求删除。", "Seen by the officers in charge alone, not written into the ledger, and erased on request."};
inline constexpr Words kComplainWhen{"留了联系方式的，监管部门 7 个工作日内决定是否受理；不留的，15 个工作日内决定。提交后会给您一个查询码。", "The authority decides within 7 working days whether to take it up, or within 15 where it cannot reach you. You will get a ticket to follow it."};
inline constexpr Words kComplainSend{"提交举报", "Send"};
inline constexpr Words kHaveTicket{"已经举报过？输入查询码", "Complained already? Type your ticket"};

// What is wrong with what was sent.
inline constexpr Words kFaultKind{"请选择怎么了。", "Please choose what is wrong."};
inline constexpr Words kFaultText{"请说说情况，最多 1000 字，不要用特殊字符。", "Please say what happened: at most 1,000 characters, no special ones."};
inline constexpr Words kFaultContact{"联系方式最多 100 字，不要用特殊字符。", "How to reach you: at most 100 characters, no special ones."};
inline constexpr Words kFaultCode{"码是 20 位数字和大写字母。没有就不填。", "A code has 20 digits and capital letters. Leave it out if you have none."};
inline constexpr Words kFaultPhotos{"照片最多 3 张。", "At most 3 photos."};
inline constexpr Words kFaultPhoto{"有一张照片不能用：只收完好的 JPEG 或 PNG，每张不超过 5 MB、2500 万像素。请重新选择照片。", "A photo cannot be used: a sound JPEG or PNG of at most 5 MB and 25 megapixels. Please choose the photos again."};
inline constexpr Words kFaultPhotoLarge{"有一张照片超过 5 MB。请选小一点的，或先用手机把它缩小，再重新选择照片。", "A photo is larger than 5 MB. Please choose a smaller one, or make it smaller on your phone, and choose the photos again."};
inline constexpr Words kFaultTooMany{"这里今天提交得太多，请明天再试，或拨打 12315。", "Too much was sent from here today. Please try again tomorrow, or call 12315."};
inline constexpr Words kFaultBusy{"现在提交的人太多，没有收下。请过一会儿再试，或拨打 12315。", "Too many are sending at the moment, and this was not taken. Please try again in a while, or call 12315."};
inline constexpr Words kFaultTwice{"这份举报已经收下。要再举报一件，请改好后再提交一次。", "This complaint was taken already. To send another one, change it and send it once more."};
inline constexpr Words kFaultForm{"没有看懂这份表单，请重新填写。", "The form could not be read. Please fill it in again."};

// What became of it.
inline constexpr Words kTicketReceived{"举报已登记", "Your complaint is recorded"};
inline constexpr Words kTicketAccepted{"已受理，|正在核查", "Accepted, |being looked into"};
inline constexpr Words kTicketRejected{"没有受理", "Not accepted"};
inline constexpr Words kTicketAnswered{"已办结", "Answered"};
inline constexpr Words kTicketNumber{"第 {sequence} 号记录，写于 {time}。谁也不能改动或删除它而不被发现，我们也不能。", "Record {sequence}, written {time}. Nobody can change or remove it without being found out, and neither can we."};
inline constexpr Words kTicket{"查询码", "Ticket"};
inline constexpr Words kTicketKeep{"抄下查询码，或收藏本页：只有凭它才能查看进展，丢了不能补。", "Write the ticket down or keep this address: nothing else shows how it stands, and it cannot be replaced."};
inline constexpr Words kTicketKind{"事由", "About"};
inline constexpr Words kTicketFiled{"登记", "Recorded"};
inline constexpr Words kTicketDecideBy{"最迟决定", "Decided by"};
inline constexpr Words kTicketDecided{"决定", "Decided"};
inline constexpr Words kTicketAnswerBy{"最迟答复", "Answered by"};
inline constexpr Words kTicketAnsweredAt{"答复", "Answered"};
inline constexpr Words kTicketCause{"原因", "Why"};
inline constexpr Words kTicketOutcome{"结果", "Outcome"};
inline constexpr Words kTicketAuthority{"承办", "By"};
inline constexpr Words kTicketOverdue{"已经超过期限。可以拨打 12315 询问，说第 {sequence} 号记录。", "The time is over. You can call 12315 and name record {sequence}."};
inline constexpr Words kTicketProof{"下载登记证明", "Download the proof of record"};
inline constexpr Words kTicketUnknown{"没有查到这个查询码", "This ticket was not found"};
inline constexpr Words kTicketUnknownMeans{"请对照抄下的 20 位码再试一次。", "Please compare the 20 characters with what you wrote down and try again."};
// clang-format on

}  // namespace suyuan::portal::words
