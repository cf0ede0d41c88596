// ship, receive, refuse, shipment.
#include "cli/commands/commands.h"

namespace suyuan::cli {

std::vector<Command> ShipmentCommands() {
  return {
      {.path = "ship",
       .help = {"发货", "ship goods to another site"},
       .method = "ShipmentService/Ship",
       .args = {{"--from", "dispatch.from_site", {"发货站", "site they leave"}},
                {"--to", "dispatch.to_site", {"收货站", "site they go to"}},
                {"--carrier", "dispatch.carrier", {"承运方", "carrier"}},
                {"--line", "dispatch.lines", {"批次=数量，可多次", "BATCH=AMOUNT, repeatable"}},
                {"--keep",
                 "dispatch.keep",
                 {"途中要求的温度（℃），如 0..8", "what to keep them at (℃), like 0..8"}}}},
      {.path = "receive",
       .help = {"收货；未列出的批次按足额收", "receive; batches not named are received in full"},
       .method = "ShipmentService/ReceiveShipment",
       .args = {{"shipment", "arrival.shipment", {"运单", "shipment"}},
                {"--line",
                 "arrival.lines",
                 {"批次=实收;原因（returned | missing | damaged）",
                  "BATCH=RECEIVED;CAUSE (returned | missing | damaged)"}},
                {"--measured",
                 "arrival.measured",
                 {"途中或到货时测得的温度（℃），如 2..6.5",
                  "what was measured on the way or at the dock (℃), like 2..6.5"}}}},
      {.path = "refuse",
       .help = {"拒收：全部退回发货站", "refuse: all goes back to the sender"},
       .method = "ShipmentService/RefuseShipment",
       .args = {{"shipment", "refusal.shipment", {"运单", "shipment"}},
                {"--cause", "refusal.cause", {"原因", "cause"}}}},
      {.path = "shipment get",
       .help = {"查看运单", "show a shipment"},
       .method = "ShipmentService/GetShipment",
       .args = {{"name", "name", {"运单", "shipment"}}},
       .view = {"",
                {"name", "state", "claim.from_site", "from_party", "claim.to_site", "to_party",
                 "claim.lines", "claim.keep", "record_time"}}},
      {.path = "shipment list",
       .help = {"列出本单位的运单，新的在前", "list one's shipments, newest first"},
       .method = "ShipmentService/ListShipments",
       .args = {{"--open", "open", {"只看在途：yes", "only those in transit: yes"}}},
       .view = {
           "shipments",
           {"name", "state", "claim.from_site", "claim.to_site", "claim.lines", "record_time"}}}};
}

}  // namespace suyuan::cli
