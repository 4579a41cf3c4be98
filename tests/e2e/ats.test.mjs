// An ATS drives a real instance through the contracts alone: grpc-js and the .proto files, nothing of ours.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { Ats, cardFor } from './support/ats.mjs';
import { Client } from './support/client.mjs';
import { Instance } from './support/instance.mjs';

const NOTE = 'Measured the recall before and after reranking';
const isUuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

let instance, client, ats, kit, requisition, application, interview;

before(async () => {
  instance = await Instance.start('ats');
  await instance.importPack();
  client = new Client(instance.addresses);
  ats = await new Ats(client, instance).login();
  kit = await ats.assembleKit();
  requisition = await ats.openRequisition('genai-1', kit);
  for (const id of ['dana', 'eli', 'mia']) await ats.addInterviewer(id);
  application = await ats.apply('ada', requisition);
  interview = await ats.schedule('ada-technical', application, ['dana', 'eli', 'mia']);
}, { timeout: 120_000 });

after(async () => {
  client?.close();
  await instance?.stop();
});

const as = async (subject, options) => ({ token: await instance.token(subject, options) });
const cardName = (interviewer, of = interview) => `${of.name}/scorecards/${interviewer}`;

describe('resources', () => {
  test('a candidate is found by the id of the ATS and never doubled', async () => {
    const candidate = { display_name: 'Grace', external_ids: [{ system: 'greenhouse', id: 'person-grace' }] };
    const first = await ats.call('CandidateService/FindOrCreateCandidate', { candidate });
    const second = await ats.call('CandidateService/FindOrCreateCandidate', { candidate });
    assert.equal(first.created, true);
    assert.equal(second.created, false);
    assert.equal(second.candidate.name, first.candidate.name);
    assert.match(first.candidate.uid, isUuid);
    const found = await ats.call('CandidateService/BatchGetCandidatesByExternalId', {
      external_ids: [{ system: 'greenhouse', id: 'person-grace' }, { system: 'greenhouse', id: 'nobody' }] });
    assert.deepEqual(found.candidates.map((one) => one.name), [first.candidate.name]);
    assert.deepEqual(found.missing, [{ system: 'greenhouse', id: 'nobody' }]);
  });

  test('an interview takes the kit of its stage at the pinned revisions', () => {
    assert.equal(interview.kit, kit.name);
    assert.equal(interview.state, 'INTERVIEW_STATE_SCHEDULED');
    const asked = kit.slots.flatMap((slot) => slot.questions.map((question) => question.question));
    assert.deepEqual(interview.kit_questions.map((question) => question.question).sort(), asked.sort());
    assert.ok(asked.every((question) => /^questions\/[a-z0-9-]+@[0-9]+$/.test(question)), asked.join());
  });

  test('the same request_id answers the same resource, and another body under it is refused', async () => {
    const request = { request_id: crypto.randomUUID(), candidate_id: 'once', candidate: { display_name: 'Once' } };
    const first = await client.invoke('assay.scoring.v1.CandidateService/CreateCandidate', request, { token: ats.token });
    const again = await client.invoke('assay.scoring.v1.CandidateService/CreateCandidate', request, { token: ats.token });
    assert.deepEqual(again.response, first.response);
    assert.notEqual(first.cursor, '');
    assert.notEqual(again.cursor, '');
    const error = await ats.refused('CandidateService/CreateCandidate', { ...request, candidate: { display_name: 'Twice' } });
    assert.deepEqual([error.code, error.reason], ['ALREADY_EXISTS', 'REQUEST_ID_REUSED']);
  });

  test('pages follow each other without gap or overlap and a token belongs to its filter', async () => {
    for (const id of ['page-a', 'page-b', 'page-c']) await ats.write('CandidateService/CreateCandidate', { candidate_id: id, candidate: { display_name: id } });
    const names = [];
    let page_token = '';
    let first;
    do {
      const page = await ats.call('CandidateService/ListCandidates', { page_size: 2, page_token });
      assert.ok(page.candidates.length <= 2);
      assert.notEqual(page.as_of_cursor, '');
      names.push(...page.candidates.map((candidate) => candidate.name));
      page_token = page.next_page_token;
      first ??= page_token;
    } while (page_token);
    const all = await ats.call('CandidateService/ListCandidates', { page_size: 1000 });
    assert.deepEqual(names, all.candidates.map((candidate) => candidate.name));
    assert.equal(new Set(names).size, names.length);
    const error = await ats.refused('CandidateService/ListCandidates', { page_size: 2, page_token: first, filter: 'state = "ACTIVE"' });
    assert.deepEqual([error.code, error.reason], ['INVALID_ARGUMENT', 'PAGE_TOKEN_INVALID']);
  });

  test('an update against a stale etag is ABORTED and changes nothing', async () => {
    const candidate = await ats.call('CandidateService/GetCandidate', { name: 'candidates/once' });
    const changed = { name: candidate.name, display_name: 'Changed', etag: '"999"' };
    const error = await ats.refused('CandidateService/UpdateCandidate', { candidate: changed, update_mask: { paths: ['display_name'] } });
    assert.deepEqual([error.code, error.reason], ['ABORTED', 'ETAG_MISMATCH']);
    assert.deepEqual(await ats.call('CandidateService/GetCandidate', { name: candidate.name }), candidate);
  });

  test('a designed method that is not built says so', async () => {
    const error = await ats.refused('PrivacyService/AnonymizeCandidate', { name: 'candidates/once' });
    assert.deepEqual([error.code, error.reason], ['UNIMPLEMENTED', 'NOT_AVAILABLE_YET']);
  });
});

describe('scorecards', () => {
  let submitted;

  test('a card is durable once answered and a retry answers the same', async () => {
    const request = { name: cardName('dana'), content: cardFor(kit, 4, NOTE), request_id: crypto.randomUUID() };
    const dana = await as('dana@demo');
    const first = await client.invoke('assay.scoring.v1.ScorecardService/SubmitScorecard', request, dana);
    const again = await client.invoke('assay.scoring.v1.ScorecardService/SubmitScorecard', request, dana);
    assert.deepEqual(again.response, first.response);
    submitted = first.response;
    assert.equal(submitted.state, 'SCORECARD_STATE_SUBMITTED');
    assert.equal(submitted.revision, 1);
    assert.equal(submitted.interviewer, 'interviewers/dana');
    assert.equal(submitted.content.ratings[0].note, `${NOTE} 0`);
  });

  test('a second submission names AmendScorecard', async () => {
    const error = await ats.refused('ScorecardService/SubmitScorecard',
      { name: cardName('dana'), content: cardFor(kit, 5, 'other'), request_id: crypto.randomUUID() }, await as('dana@demo'));
    assert.deepEqual([error.code, error.reason], ['ALREADY_EXISTS', 'ALREADY_SUBMITTED']);
    assert.match(error.text, /AmendScorecard/);
  });

  test('who owes a card sees no peer, neither by name nor in lists, until their own is in', async () => {
    const eli = await as('eli@demo');
    const hidden = await ats.refused('ScorecardService/GetScorecard', { name: cardName('dana') }, eli);
    const absent = await ats.refused('ScorecardService/GetScorecard', { name: cardName('mia') }, eli);
    assert.deepEqual([hidden.code, hidden.reason], ['NOT_FOUND', 'NOT_FOUND']);
    assert.deepEqual([absent.code, absent.reason], [hidden.code, hidden.reason]);
    const before = await ats.call('ScorecardService/ListScorecards', { parent: interview.name }, eli);
    assert.deepEqual(before.scorecards, []);
    await ats.write('ScorecardService/SubmitScorecard', { name: cardName('eli'), content: cardFor(kit, 4, 'Clear on trade-offs') }, eli);
    const after = await ats.call('ScorecardService/ListScorecards', { parent: interview.name }, eli);
    assert.deepEqual(after.scorecards.map((card) => card.name).sort(), [cardName('dana'), cardName('eli')]);
  });

  test('the ATS submits for an interviewer and both are recorded', async () => {
    const content = cardFor(kit, 3, 'Adequate', { recommendation: 'RECOMMENDATION_UNSPECIFIED', external_recommendation: { system: 'greenhouse', value: 'strong_yes' } });
    const { response } = await ats.write('ScorecardService/SubmitScorecard', { name: cardName('mia'), content });
    assert.equal(response.interviewer, 'interviewers/mia');
    assert.equal(response.submitted_by, 'ats@demo');
    assert.equal(response.content.recommendation, 'RECOMMENDATION_STRONG_HIRE');
    assert.deepEqual(response.content.external_recommendation, { system: 'greenhouse', value: 'strong_yes' });
  });

  test('an amendment is a new revision and the first stays readable', async () => {
    const dana = await as('dana@demo');
    const { response } = await ats.write('ScorecardService/AmendScorecard',
      { name: cardName('dana'), content: cardFor(kit, 5, 'On reflection'), etag: submitted.etag, amend_reason: 'misread my notes' }, dana);
    assert.equal(response.revision, 2);
    assert.equal(response.state, 'SCORECARD_STATE_AMENDED');
    const { revisions } = await ats.call('ScorecardService/ListScorecardRevisions', { name: cardName('dana') }, dana);
    assert.deepEqual(revisions.map((revision) => revision.content.ratings[0].score), [4, 5]);
  });
});

describe('decisions', () => {
  let decision;
  const evaluate = async () => (await ats.write('DecisionService/EvaluateDecision', { parent: application.name })).response;
  const sign = async (of) => (await ats.write('DecisionService/SignDecision',
    { name: of.name, input_digest: of.evaluation.input_digest, reason: 'Read every card.' }, await as('decider@demo'))).response;

  test('a proposal says what it rests on and binds nobody', async () => {
    decision = await evaluate();
    assert.equal(decision.state, 'DECISION_STATE_PROPOSED');
    assert.equal(decision.binding, false);
    assert.equal(decision.recommendation, 'OUTCOME_STRONG_HIRE');
    assert.equal(decision.evaluation.weighted_average, '4');
    assert.equal(decision.evaluation.rule, 'STRONG_HIRE');
    assert.equal(decision.evaluation.trace.at(-1).fired, true);
    assert.deepEqual(decision.inputs.map((input) => [input.scorecard, input.revision]).sort(),
      [[cardName('dana'), 2], [cardName('eli'), 1], [cardName('mia'), 1]]);
  });

  test('a signature over changed inputs is refused as stale', async () => {
    const mia = await ats.call('ScorecardService/GetScorecard', { name: cardName('mia') });
    await ats.write('ScorecardService/AmendScorecard', { name: mia.name, content: cardFor(kit, 4, 'Adequate and more'), etag: mia.etag });
    const error = await ats.refused('DecisionService/SignDecision',
      { name: decision.name, input_digest: decision.evaluation.input_digest, reason: 'late' }, await as('decider@demo'));
    assert.deepEqual([error.code, error.reason], ['FAILED_PRECONDITION', 'DECISION_STALE']);
  });

  test('a named person signs, the ATS reads it, and replay gives the same bytes', async () => {
    decision = await sign(await evaluate());
    assert.equal(decision.state, 'DECISION_STATE_SIGNED');
    assert.equal(decision.binding, true);
    assert.equal(decision.signature.signer, 'decider@demo');
    const { decisions } = await ats.call('DecisionService/ListDecisions', { parent: application.name });
    assert.ok(decisions.some((one) => one.name === decision.name && one.final_outcome === 'OUTCOME_STRONG_HIRE'));
    const replay = await ats.call('DecisionService/ReplayDecision', { name: decision.name });
    assert.equal(replay.matches, true);
    assert.equal(replay.canonical_digest, decision.canonical_digest);
    assert.deepEqual(replay.canonical_json, decision.canonical_json);
  });

  test('a report asked for with the cursor of the signature reflects it', async () => {
    const mia = await ats.call('ScorecardService/GetScorecard', { name: cardName('mia') });
    const { cursor } = await ats.write('ScorecardService/AmendScorecard', { name: mia.name, content: cardFor(kit, 3, 'Final word'), etag: mia.etag });
    decision = await sign(await evaluate());
    const { cursor: signed } = await ats.write('CandidateService/CreateCandidate', { candidate_id: 'marker', candidate: { display_name: 'Marker' } });
    assert.notEqual(cursor, signed);
    const report = await client.call('assay.reporting.v1.ReportService/GetCandidateReport',
      { application: application.name, min_cursor: signed }, { token: ats.token, seconds: 30 });
    assert.equal(report.decision, decision.name);
    assert.equal(report.candidate_display_name, 'Candidate ada');
    assert.equal(report.cards.length, 3);
    assert.equal(report.weighted_average.exact, decision.evaluation.weighted_average);
    assert.ok(report.ratings.some((rating) => rating.note.startsWith('Final word')));
    const page = await client.call('assay.reporting.v1.ReportService/RenderCandidateReport',
      { application: application.name, format: 'REPORT_FORMAT_HTML' }, { token: ats.token, seconds: 30 });
    assert.match(page.media_type, /^text\/html/);
    assert.match(page.content.toString(), /Candidate ada/);
  });
});

describe('the feed', () => {
  test('resuming after any cursor misses nothing and repeats nothing', async () => {
    const whole = await client.events('scoring', ats.token);
    const ids = whole.events.map((event) => event.id);
    assert.equal(new Set(ids).size, ids.length);
    const middle = whole.events[Math.floor(ids.length / 2)];
    const rest = await client.events('scoring', ats.token, middle.cursor);
    assert.deepEqual(rest.events.map((event) => event.id), ids.slice(ids.indexOf(middle.id) + 1));
    const none = await client.events('scoring', ats.token, whole.cursor);
    assert.deepEqual(none.events, []);
    const listed = await ats.call('EventService/ListEvents', { after: middle.cursor, page_size: 3 });
    assert.deepEqual(listed.events.map((event) => event.id), ids.slice(ids.indexOf(middle.id) + 1, ids.indexOf(middle.id) + 4));
  });

  test('every step of the loop is in it, in order, and versions have no gap', async () => {
    const { events } = await client.events('scoring', ats.token);
    const types = events.filter((event) => event.resource.includes('ada') || event.resource === requisition.name).map((event) => event.type_text);
    for (const type of ['requisition.created', 'candidate.created', 'application.created', 'interview.created', 'scorecard.submitted',
      'scorecard.amended', 'decision.proposed', 'decision.signed', 'decision.superseded']) assert.ok(types.includes(type), `${type} in ${types}`);
    assert.ok(types.indexOf('interview.created') < types.indexOf('scorecard.submitted'));
    const versions = events.filter((event) => event.resource === cardName('dana')).map((event) => Number(event.resource_version));
    assert.deepEqual(versions, versions.map((_, i) => versions[0] + i));
  });

  test('it carries names and states, never a score, a note or a person', async () => {
    const { events } = await client.events('scoring', ats.token);
    const text = JSON.stringify(events.map(({ cursor, ...rest }) => rest));
    for (const secret of [NOTE, 'On reflection', 'Candidate ada', 'ada@example.com', 'misread my notes']) assert.ok(!text.includes(secret), secret);
  });

  test('list, then tail from the cursor of the list, learns of everything later', async () => {
    const list = await ats.call('CandidateService/ListCandidates', { page_size: 1000 });
    await ats.write('CandidateService/CreateCandidate', { candidate_id: 'late', candidate: { display_name: 'Late' } });
    const { events } = await client.events('scoring', ats.token, list.as_of_cursor);
    assert.ok(events.some((event) => event.resource === 'candidates/late' && event.type_text === 'candidate.created'));
  });

  test('a cursor that is not ours is refused', async () => {
    await assert.rejects(client.events('scoring', ats.token, 'made-up'), (error) => error.code === 'INVALID_ARGUMENT' && error.reason === 'CURSOR_INVALID');
  });
});

describe('bad input', () => {
  let bad;
  before(async () => { bad = await ats.schedule('bad-technical', await ats.apply('bad', requisition), ['dana', 'eli']); });

  const submit = async (content, options = {}) => ats.refused('ScorecardService/SubmitScorecard',
    { name: cardName('dana', options.of ?? bad), content, request_id: crypto.randomUUID() }, { ...(await as('dana@demo')), ...options.call });
  const expectNothingStored = async () => {
    const { scorecards } = await ats.call('ScorecardService/ListScorecards', { parent: bad.name });
    assert.deepEqual(scorecards, []);
    const { events } = await client.events('scoring', ats.token);
    assert.deepEqual(events.filter((event) => event.resource.startsWith(`${bad.name}/`)), []);
  };

  test('scores of 0 and 6 are refused together, each by its field', async () => {
    const content = cardFor(kit, 4, 'x');
    content.ratings[0].score = 0;
    content.ratings[2].score = 6;
    const error = await submit(content);
    assert.deepEqual([error.code, error.reason, error.domain], ['INVALID_ARGUMENT', 'INVALID_FIELDS', 'assay']);
    assert.deepEqual(error.fields(), ['content.ratings[0].score', 'content.ratings[2].score']);
    assert.match(error.violations[0].description, /1 to 5/);
    await expectNothingStored();
  });

  test('a question outside the kit is refused, with what else is wrong', async () => {
    const content = cardFor(kit, 4, 'x');
    content.ratings.push({ question: 'questions/no-such-question', competency: 'genai-llm', score: 4 });
    content.ratings.push({ ...content.ratings[0] });
    const error = await submit(content);
    assert.deepEqual([error.code, error.reason], ['INVALID_ARGUMENT', 'QUESTION_NOT_IN_KIT']);
    const last = content.ratings.length - 1;
    assert.deepEqual(error.fields(), [`content.ratings[${last - 1}].question`, `content.ratings[${last}]`]);
    await expectNothingStored();
  });

  test('a NUL byte is refused by the field that holds it', async () => {
    const error = await submit(cardFor(kit, 4, 'a\0b'));
    assert.deepEqual([error.code, error.reason], ['INVALID_ARGUMENT', 'INVALID_FIELDS']);
    assert.ok(error.fields().includes('content.overall_notes'), error.fields().join());
    assert.ok(error.fields().includes('content.ratings[0].note'), error.fields().join());
    await expectNothingStored();
  });

  test('text that is not UTF-8 and bytes that are no message are refused', async () => {
    for (const bytes of [Buffer.from([0x0a, 0x02, 0xc3, 0x28]), Buffer.from([0xff, 0xff, 0xff])]) {
      const error = await submit({}, { call: { bytes } });
      assert.equal(error.code, 'INVALID_ARGUMENT');
      assert.ok(['MALFORMED_REQUEST', 'INVALID_FIELDS'].includes(error.reason), error.reason);
    }
    await expectNothingStored();
  });

  test('a request over the limit is RESOURCE_EXHAUSTED before anything reads it', async () => {
    const error = await submit(cardFor(kit, 4, 'x', { overall_notes: 'y'.repeat(5 << 20) }));
    assert.equal(error.code, 'RESOURCE_EXHAUSTED');
    await expectNothingStored();
  });

  test('a score of 3.5 is refused where a file is read', async () => {
    const file = `name: ${cardName('dana', bad)}\ncontent:\n  ratings:\n    - {competency: genai-llm, score: 3.5}\n`;
    const result = await instance.assayctl(['scorecard', 'submit', bad.name, '-f', '-'], { input: file });
    assert.equal(result.code, 2, result.stdout + result.stderr);
    assert.match(result.stderr, /score/);
    const input = path.join(instance.dir, 'half-point.yaml');
    fs.writeFileSync(input, 'ratings:\n  - {interviewer: a, competency: genai-llm, score: 3.5}\n');
    const policy = await instance.assayctl(['policy', 'evaluate', '--policy', 'pack:ai-engineer', '--input', input, '--format', 'json']);
    assert.equal(policy.code, 2, policy.stdout);
    assert.match(policy.stderr, /score/);
    await expectNothingStored();
  });

  test('an interviewer off the panel has no card there', async () => {
    const error = await ats.refused('ScorecardService/SubmitScorecard', { name: cardName('mia', bad), content: cardFor(kit, 4, 'x') });
    assert.deepEqual([error.code, error.reason], ['FAILED_PRECONDITION', 'NOT_ON_PANEL']);
    await expectNothingStored();
  });

  test('a canceled interview takes no card', async () => {
    const canceled = await ats.schedule('canceled-technical', await ats.apply('canceled', requisition), ['dana']);
    await ats.write('InterviewService/CancelInterview', { name: canceled.name, cancel_reason: 'candidate-no-show' });
    const error = await submit(cardFor(kit, 4, 'x'), { of: canceled });
    assert.deepEqual([error.code, error.reason], ['FAILED_PRECONDITION', 'INTERVIEW_CANCELED']);
  });

  test('an unknown role is named with those that exist', async () => {
    const error = await client.refused('assay.bank.v1.KitService/AssembleKit', { role: 'astronaut', level: 'LEVEL_EXPERIENCED', minutes: 60 }, { token: ats.token });
    assert.deepEqual([error.code, error.reason], ['INVALID_ARGUMENT', 'UNKNOWN_ROLE']);
    assert.match(error.text, /genai-llm/);
  });

  test('a malformed pack changes nothing', async () => {
    const count = async () => (await client.call('assay.bank.v1.QuestionService/ListQuestions', { page_size: 1000 }, { token: ats.token })).questions.length;
    const questions = await count();
    const documents = {
      'no YAML': 'id: [',
      'unknown field': 'id: other\ncolour: blue\n',
      'bad question': 'id: other\ndisplay_name: Other\nquestions:\n  - {id: new-one, prompt: "?", competency: no-such-competency}\n  - {id: "NOT AN ID", prompt: ""}\n',
    };
    for (const [what, text] of Object.entries(documents)) {
      await assert.rejects(
        client.upload('assay.bank.v1.PackService/ImportPack', [{ header: { format: 'PACK_FORMAT_PACK', publish: true } }, { chunk: Buffer.from(text) }], { token: ats.token }),
        (error) => {
          assert.equal(error.code, 'INVALID_ARGUMENT', what);
          assert.ok(['PACK_INVALID', 'INVALID_FIELDS'].includes(error.reason), `${what}: ${error.reason}`);
          if (what === 'bad question') assert.ok(error.violations.length >= 2, JSON.stringify(error.violations));
          return true;
        });
    }
    assert.equal(await count(), questions);
  });

  test('a resource needs its parents', async () => {
    const error = await ats.refused('ApplicationService/CreateApplication', { application: { candidate: 'candidates/nobody', requisition: requisition.name } });
    assert.deepEqual([error.code, error.reason], ['FAILED_PRECONDITION', 'PARENT_NOT_FOUND']);
  });

  test('every wrong field of a resource is told at once', async () => {
    const error = await ats.refused('RequisitionService/CreateRequisition',
      { requisition_id: 'Not An Id', requisition: { role: 'genai-llm', jurisdiction: 'nowhere', stages: [] } });
    assert.deepEqual([error.code, error.reason], ['INVALID_ARGUMENT', 'INVALID_FIELDS']);
    for (const field of ['requisition_id', 'requisition.display_name', 'requisition.target_level', 'requisition.jurisdiction', 'requisition.stages']) {
      assert.ok(error.fields().includes(field), `${field} in ${error.fields()}`);
    }
  });
});

describe('tokens', () => {
  const list = (token) => client.refused('assay.scoring.v1.CandidateService/ListCandidates', {}, { token });
  const now = () => Math.floor(Date.now() / 1000);

  test('none, expired, foreign and altered tokens are all UNAUTHENTICATED alike', async () => {
    const stranger = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const good = await instance.token('ats@demo');
    const tokens = [
      undefined, 'nonsense', good.slice(0, -4) + 'AAAA',
      await instance.forgedToken('ats@demo', { claims: { iat: now() - 7200, nbf: now() - 7200, exp: now() - 3600 } }),
      await instance.forgedToken('ats@demo', { key: stranger }),
      await instance.forgedToken('ats@demo', { claims: { iss: 'https://elsewhere.example' } }),
      await instance.forgedToken('ats@demo', { header: { alg: 'none' } }),
    ];
    const errors = await Promise.all(tokens.map(list));
    assert.deepEqual(errors.map((error) => [error.code, error.reason]), tokens.map(() => ['UNAUTHENTICATED', 'UNAUTHENTICATED']));
    assert.equal(new Set(errors.map((error) => error.text)).size, 1);
  });

  test('the same forgery with nothing changed is accepted, so the refusals above are about the changes', async () => {
    const token = await instance.forgedToken('ats@demo');
    await client.call('assay.scoring.v1.CandidateService/ListCandidates', {}, { token });
  });

  test('a token without the scope is refused whatever it names', async () => {
    const token = await instance.token('reader@demo', { scopes: ['candidates.read'] });
    for (const name of [cardName('dana'), 'interviews/none/scorecards/none']) {
      const error = await client.refused('assay.scoring.v1.ScorecardService/GetScorecard', { name }, { token });
      assert.deepEqual([error.code, error.reason], ['PERMISSION_DENIED', 'SCOPE_MISSING']);
    }
  });

  test('another tenant sees nothing of this one and may use the same ids', async () => {
    const token = await instance.token('ats@demo', { tenant: 'other' });
    const error = await client.refused('assay.scoring.v1.CandidateService/GetCandidate', { name: 'candidates/ada' }, { token });
    assert.deepEqual([error.code, error.reason], ['NOT_FOUND', 'NOT_FOUND']);
    const { candidates } = await client.call('assay.scoring.v1.CandidateService/ListCandidates', {}, { token });
    assert.deepEqual(candidates, []);
    assert.deepEqual((await client.events('scoring', token)).events, []);
    await client.call('assay.scoring.v1.CandidateService/CreateCandidate', { candidate_id: 'ada', candidate: { display_name: 'Another Ada' } }, { token });
    assert.equal((await ats.call('CandidateService/GetCandidate', { name: 'candidates/ada' })).display_name, 'Candidate ada');
  });
});
