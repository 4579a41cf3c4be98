// The steps that an ATS takes to get an interview under way, each with ids of its own.
import crypto from 'node:crypto';

const SCORING = 'assay.scoring.v1';

export class Ats {
  constructor(client, instance) {
    this.client = client;
    this.instance = instance;
  }

  async login() {
    this.token = await this.instance.token('ats@demo');
    return this;
  }

  call(method, request, options) {
    return this.client.call(`${SCORING}.${method}`, request, { token: this.token, ...options });
  }

  write(method, request, options) {
    return this.client.invoke(`${SCORING}.${method}`, { request_id: crypto.randomUUID(), ...request }, { token: this.token, ...options });
  }

  refused(method, request, options) {
    return this.client.refused(`${SCORING}.${method}`, request, { token: this.token, ...options });
  }

  async assembleKit(format = 'round-60', seed = 7) {
    return this.client.call('assay.bank.v1.KitService/AssembleKit',
      { role: 'genai-llm', level: 'LEVEL_EXPERIENCED', format, seed, request_id: crypto.randomUUID() }, { token: this.token });
  }

  async openRequisition(id, kit, extra = {}) {
    const requisition = {
      display_name: 'GenAI engineer', role: 'genai-llm', target_level: 'LEVEL_EXPERIENCED',
      allowed_levels: ['LEVEL_FRESHER', 'LEVEL_EXPERIENCED'], time_zone: 'Europe/Berlin',
      stages: [{ id: 'technical', display_name: 'Technical round', format: kit.format, panel_size: 2, kit_plan: { mode: 'KIT_MODE_FIXED', kit: kit.name } }],
      recruiters: ['ats@demo'], deciders: ['decider@demo'], external_ids: [{ system: 'greenhouse', id: `job-${id}` }], ...extra,
    };
    return (await this.write('RequisitionService/CreateRequisition', { requisition_id: id, requisition })).response;
  }

  async addInterviewer(id) {
    return (await this.write('InterviewService/CreateInterviewer',
      { interviewer_id: id, interviewer: { subject: `${id}@demo`, display_name: id } })).response;
  }

  async apply(id, requisition) {
    const candidate = (await this.write('CandidateService/FindOrCreateCandidate', {
      candidate_id: id,
      candidate: { display_name: `Candidate ${id}`, email: `${id}@example.com`, external_ids: [{ system: 'greenhouse', id: `person-${id}` }] },
    })).response.candidate;
    return (await this.write('ApplicationService/CreateApplication', {
      application_id: id,
      application: { candidate: candidate.name, requisition: requisition.name, stage: 'technical', external_ids: [{ system: 'greenhouse', id: `application-${id}` }] },
    })).response;
  }

  async schedule(id, application, interviewers, extra = {}) {
    const interview = {
      application: application.name, stage: 'technical', time_zone: 'Europe/Berlin',
      start_time: { seconds: Math.floor(Date.now() / 1000) - 3600 },
      panel: interviewers.map((interviewer, i) => ({ interviewer: `interviewers/${interviewer}`, role: i === 0 ? 'PANEL_ROLE_LEAD' : 'PANEL_ROLE_PANELIST' })),
      external_ids: [{ system: 'greenhouse', id: `interview-${id}` }], ...extra,
    };
    return (await this.write('InterviewService/CreateInterview', { interview_id: id, interview })).response;
  }
}

// A card that rates every question of the kit and, as areas, every competency that it does not ask about.
export function cardFor(kit, score, note, extra = {}) {
  const asked = kit.slots.flatMap((slot) => slot.questions);
  const competencies = ['ml-fundamentals', 'coding-tools', 'system-design', 'production-mlops', 'genai-llm', 'communication'];
  const rest = competencies.filter((id) => !asked.some((question) => question.competency === id));
  return {
    ratings: [
      ...asked.map(({ question, competency }, i) => ({ question, competency, score, note: `${note} ${i}` })),
      ...rest.map((competency) => ({ competency, score, note: `${note} ${competency}` })),
    ],
    strengths: ['Reasons from measurements'], concerns: [], overall_notes: note, recommendation: 'RECOMMENDATION_HIRE', ...extra,
  };
}

export async function inParallel(items, width, work) {
  const queue = items.map((item, index) => [item, index]);
  const results = new Array(items.length);
  await Promise.all(Array.from({ length: width }, async () => {
    for (let next = queue.shift(); next; next = queue.shift()) results[next[1]] = await work(...next);
  }));
  return results;
}
