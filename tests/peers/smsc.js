// An SMSC of other people's making (npm smpp) for the trials: what it takes, it prints as JSON.
//
// node smsc.js PORT [KEY CERT]; NODE_PATH says where the package is. Ids are hexadecimal in answers
// and decimal in receipts, as many SMSCs do. The last digits of a number choose: 9058 throttles,
// 9005 is reported before it is answered, 9004 is never answered, 9003 gets no receipt.
const smpp = require('smpp');
const fs = require('fs');

const [port, key, cert] = process.argv.slice(2);
const states = new Map();
let last = 0;
let sessions = 0;

function tell(what) {
  process.stdout.write(JSON.stringify(what) + '\n');
}

function words(pdu) {
  // The library decodes by data_coding and takes the header off itself.
  const held = pdu.message_payload || pdu.short_message;
  const text = held.message !== undefined ? held.message : held;
  return Buffer.isBuffer(text) ? text.toString('latin1') : text;
}

function receipt(session, pdu, id) {
  const written = `id:${id} sub:001 dlvrd:001 submit date:2611220400 done date:2611220401 stat:DELIVRD err:000 text:`;
  session.deliver_sm({
    source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, esm_class: 4,
    short_message: written, receipted_message_id: String(id), message_state: 2,
  });
}

function serve(session) {
  const number = ++sessions;
  let open = 0;
  session.on('error', () => {});
  const bound = (pdu) => {
    const good = pdu.password === 'secret';
    tell({ bind: pdu.command, session: number, good });
    session.send(pdu.response(good ? { system_id: 'peer' } : { command_status: smpp.ESME_RINVPASWD }));
  };
  session.on('bind_transceiver', bound);
  session.on('bind_transmitter', bound);
  session.on('unbind', (pdu) => session.send(pdu.response()));
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('query_sm', (pdu) => {
    const state = states.get(parseInt(pdu.message_id, 16));
    tell({ query: pdu.message_id });
    session.send(pdu.response(state === undefined
      ? { command_status: smpp.ESME_RQUERYFAIL }
      : { message_id: pdu.message_id, final_date: '', message_state: state, error_code: 0 }));
  });
  session.on('submit_sm', (pdu) => {
    const ends = pdu.destination_addr.slice(-4);
    open += 1;
    const held = pdu.message_payload || pdu.short_message;
    tell({
      to: pdu.destination_addr, from: pdu.source_addr, text: words(pdu), session: number, open,
      coding: pdu.data_coding, udh: held.udh ? Buffer.concat(held.udh).toString('hex') : '',
      sar: [pdu.sar_msg_ref_num, pdu.sar_total_segments, pdu.sar_segment_seqnum],
      payload: Boolean(pdu.message_payload), validity: String(pdu.validity_period || ''),
    });
    if (ends === '9058') {
      open -= 1;
      session.send(pdu.response({ command_status: smpp.ESME_RTHROTTLED }));
      return;
    }
    last += 1;
    const id = last;
    states.set(id, 2);
    if (ends === '9004') return;
    const answer = () => {
      open -= 1;
      session.send(pdu.response({ message_id: id.toString(16).toUpperCase() }));
    };
    if (ends === '9005') {
      receipt(session, pdu, id);
      setTimeout(answer, 50);
    } else {
      setImmediate(answer);
      if (ends !== '9003') setTimeout(() => receipt(session, pdu, id), 5);
    }
  });
}

const options = key ? { key: fs.readFileSync(key), cert: fs.readFileSync(cert) } : {};
const server = smpp.createServer(options, serve);
server.listen(Number(port), '127.0.0.1', () => tell({ ready: server.address().port }));
