{{%AUTOESCAPE context="HTML"}}<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>{{TITLE}}</title>
<style>
@ASSAY_STYLE@

.verdict { margin-top: 1.9rem; padding: 1.6rem 1.8rem; background: var(--wash); border-left: 6px solid var(--tone); border-radius: 3px;
  display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 1.2rem 2.4rem; }
.outcome { font-family: var(--serif); font-size: 2.15rem; line-height: 1.15; font-weight: 600; color: var(--tone); margin: .1rem 0 0;
  padding: 0; border: 0; }
.standing { margin-top: .45rem; font-weight: 600; }
.why { margin-top: .9rem; font-size: 1.06rem; }
.sure { margin-top: .6rem; }
.figures { margin: 0; padding-left: 2.2rem; border-left: 1px solid var(--line); display: grid; gap: .9rem; align-content: start; min-width: 11rem; }
.figures dd { margin: 0; }
.figures .big { font-family: var(--serif); font-size: 2.15rem; line-height: 1.1; }
.figures .mid { font-family: var(--serif); font-size: 1.35rem; line-height: 1.2; }
.figures .fine { font-size: .82rem; color: var(--muted); }
.rationale { grid-column: 1 / -1; border-top: 1px solid var(--line); padding-top: .9rem; }
blockquote { margin: .2rem 0 0; font-family: var(--serif); font-style: italic; font-size: 1.04rem; }

.withheld { margin-top: 1.2rem; padding: .9rem 1.2rem; border: 1px dashed var(--muted); border-radius: 3px; font-size: .95rem; }
.withheld ul { margin: .3rem 0 0; padding-left: 1.1rem; }

figure { margin: 0 0 1.1rem; }
figure img { display: block; width: 100%; height: auto; }
abbr { text-decoration: none; color: var(--muted); }
.basis { display: block; font-weight: 400; font-size: .8rem; color: var(--muted); }
.who { font-size: .88rem; white-space: nowrap; }
th.who, td.who { padding-left: 1.4rem; padding-right: 0; font-weight: 400; }
th.who { font-weight: 600; font-size: .74rem; }
.who .fine { color: var(--muted); opacity: 1; font-size: .92em; }

.trace { list-style: none; margin: 0; padding: 0; }
.trace li { position: relative; padding: 0 0 1rem 2.4rem; }
.trace li::before { content: ""; position: absolute; left: .62rem; top: 1.5rem; bottom: -.2rem; width: 1px; background: var(--line); }
.trace li:last-child::before { display: none; }
.trace .step { position: absolute; left: 0; top: .1rem; width: 1.3rem; height: 1.3rem; border-radius: 50%; border: 1px solid var(--muted);
  color: var(--muted); font-size: .76rem; line-height: 1.2rem; text-align: center; background: var(--sheet); }
.trace .rule { font-weight: 600; }
.trace .text { color: var(--muted); font-size: .9rem; overflow-wrap: anywhere; }
.trace .fired { margin-left: -.7rem; padding: .8rem 1rem .8rem 3.1rem; background: var(--wash); border-radius: 3px; }
.trace .fired .step { left: .7rem; top: .92rem; background: var(--tone); border-color: var(--tone); color: var(--sheet); font-weight: 700; }
.trace .fired .text { color: var(--ink); }

.tried { list-style: none; margin: .9rem 0 0; padding: 0; columns: 2; column-gap: 2.4rem; font-size: .88rem; }
.tried li { break-inside: avoid; padding: .26rem 0; border-bottom: 1px solid var(--line); display: flex; justify-content: space-between; gap: .8rem; }
.tried .to { color: var(--muted); white-space: nowrap; }
.tried .flip { font-weight: 600; }
.tried .flip .to { color: var(--tone); }

.question { padding: 1.1rem 0 .4rem; border-top: 1px solid var(--line); break-inside: avoid-page; }
.question:first-of-type { border-top: 0; padding-top: 0; }
.question h3 { font-weight: 500; font-size: 1.1rem; line-height: 1.4; margin-top: .15rem; }
.rating { display: grid; grid-template-columns: 9.5rem 6.2rem minmax(0, 1fr); gap: .2rem 1rem; margin: .7rem 0; font-size: .95rem; break-inside: avoid; }
.rating dt { font-weight: 600; }
.rating dd { margin: 0; }
.pips { letter-spacing: .12em; color: var(--tone); font-size: .82rem; }
.score { font-weight: 700; }

.card { padding: 1.1rem 0; border-top: 1px solid var(--line); }
.card:first-of-type { border-top: 0; padding-top: 0; }
.card header { display: flex; justify-content: space-between; align-items: baseline; gap: 1rem; flex-wrap: wrap; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: .4rem 2.2rem; margin-top: .6rem; font-size: .95rem; }
.pair ul { margin: .2rem 0 0; padding-left: 1.1rem; }
.pair li { margin: .2rem 0; overflow-wrap: anywhere; break-inside: avoid; }
.card .note { margin-top: .6rem; font-size: .95rem; }

.flags { list-style: none; margin: 0; padding: 0; }
.flags li { padding: .7rem 0; border-bottom: 1px solid var(--line); break-inside: avoid; }
.flags .head { display: flex; gap: .6rem; align-items: baseline; flex-wrap: wrap; }
.flags .name { font-weight: 600; }

.caveats { margin: 0; padding-left: 1.2rem; }
.caveats li { margin: .3rem 0; }

@media screen and (max-width: 44rem) {
  .verdict { grid-template-columns: 1fr; padding: 1.2rem; }
  .figures { border-left: 0; padding-left: 0; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); }
  .tried { columns: 1; }
  .pair, .rating { grid-template-columns: 1fr; }
}
@media print {
  .verdict, .tag, .trace .fired, .trace .fired .step { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  tr, li, caption, figure, .verdict, .withheld, .rating, .card header { break-inside: avoid; }
}
</style>
</head>
<body>
<div class="sheet {{TONE}}">
<header>
  <p class="eyebrow">Candidate report</p>
  <h1>{{CANDIDATE}}</h1>
  <p class="sub">{{POSITION}}</p>
  <p class="meta">{{APPLICATION}} · as of {{GENERATED}}</p>
</header>
<main>
<section class="verdict" aria-labelledby="outcome">
  <div>
    <p class="label">{{OUTCOME_LABEL}}</p>
    <h2 class="outcome" id="outcome">{{OUTCOME}}</h2>
    {{#STANDING}}<p class="standing">{{TEXT}}</p>{{/STANDING}}
    {{#WHY}}<p class="why">{{TEXT}}</p>{{/WHY}}
    {{#SURE}}<p class="sure">{{TEXT}}</p>{{/SURE}}
    {{#LEVELS}}<p class="sure">Level adjusted from {{FROM}} to {{TO}}.</p>{{/LEVELS}}
  </div>
  {{#FIGURES}}<dl class="figures">
    {{#FIGURE}}<div>
      <dt class="label">{{NAME}}</dt>
      <dd class="{{SIZE}}">{{VALUE}}</dd>
      <dd class="fine">{{FINE}}</dd>
    </div>{{/FIGURE}}
  </dl>{{/FIGURES}}
  {{#RATIONALE}}<div class="rationale">
    <p class="label">Reason given by {{BY}}</p>
    <blockquote class="note">{{TEXT}}</blockquote>
  </div>{{/RATIONALE}}
</section>
{{#WITHHELD}}<aside class="withheld" aria-label="What is not shown to you">
  <p class="label">Not shown to you</p>
  <ul>{{#ITEM}}<li>{{TEXT}}</li>{{/ITEM}}</ul>
</aside>{{/WITHHELD}}
{{#COMPETENCIES}}<section aria-labelledby="competencies">
  <h2 id="competencies">Competencies</h2>
  {{#CHART}}<figure>
    <picture>
      <source media="screen and (prefers-color-scheme: dark)" srcset="data:image/svg+xml;base64,{{DARK:none}}">
      <img src="data:image/svg+xml;base64,{{LIGHT:none}}" width="{{WIDTH}}" height="{{HEIGHT}}" alt="{{ALT}}">
    </picture>
  </figure>{{/CHART}}
  <div class="scroll">
  <table>
    <caption>Means over interviewers, each weighing equally, on the scale 1 to 5. {{#ONE_BASIS}}Weights and thresholds: <em>{{TEXT}}</em>.{{/ONE_BASIS}}</caption>
    <thead><tr><th scope="col">Competency</th><th scope="col" class="n">Mean</th><th scope="col" class="n">Threshold</th><th scope="col" class="n">Weight</th><th scope="col" class="n">Ratings</th><th scope="col" class="who">By interviewer</th></tr></thead>
    <tbody>{{#ROW}}
      <tr><th scope="row">{{NAME}}{{#BASIS}}<span class="basis">{{TEXT}}</span>{{/BASIS}}</th><td class="n"><span class="{{CLASS}}">{{MEAN}}</span>{{#EXACT}}<span class="basis">{{TEXT}}</span>{{/EXACT}}{{#MARK}}<span class="tag {{TONE}}">{{TEXT}}</span>{{/MARK}}</td><td class="n">{{THRESHOLD}}</td><td class="n">{{WEIGHT}}</td><td class="n">{{N}}</td><td class="who">{{#WHO}}<div>{{TEXT}} <span class="fine">n = {{N}}</span></div>{{/WHO}}</td></tr>{{/ROW}}
    </tbody>
  </table>
  </div>
</section>{{/COMPETENCIES}}
{{#TRACE}}<section aria-labelledby="trace">
  <h2 id="trace">How the policy decided</h2>
  <p class="muted">Rules are tried in order; the first that matches decides.</p>
  <ol class="trace" style="margin-top:.9rem">{{#STEP}}
    <li{{#FIRED}} class="fired" aria-current="step"{{/FIRED}}><span class="step" aria-hidden="true">{{NUMBER}}</span><p><span class="rule">{{RULE}}</span>{{#FIRED}} <span class="tag">decided</span>{{/FIRED}}</p><p class="text">{{WHY}}</p></li>{{/STEP}}
  </ol>
</section>{{/TRACE}}
{{#ROBUSTNESS}}<section aria-labelledby="robustness">
  <h2 id="robustness">Would small changes alter the outcome?</h2>
  <p>{{SUMMARY}}</p>
  <ul class="tried">{{#TRIED}}
    <li{{#FLIP}} class="flip hold"{{/FLIP}}><span>{{WHAT}}</span><span class="to">{{#FLIP}}→ {{/FLIP}}{{TO}}</span></li>{{/TRIED}}
  </ul>
</section>{{/ROBUSTNESS}}
{{#RATINGS}}<section aria-labelledby="ratings">
  <h2 id="ratings">Ratings by question</h2>{{#QUESTION}}
  <article class="question">
    <p class="label">{{KIND}}</p>
    <h3>{{PROMPT}}</h3>
    <dl>{{#RATING}}
      <div class="rating"><dt>{{WHO}}{{#AMENDED}}<abbr title="amended after seeing a colleague's card"> †</abbr>{{/AMENDED}}</dt><dd>{{#SCORED}}<span class="score">{{SCORE}}</span> <span class="pips" aria-hidden="true">{{PIPS}}</span>{{/SCORED}}{{#UNSCORED}}<span class="muted">not assessed</span>{{/UNSCORED}}</dd><dd class="note">{{NOTE}}</dd></div>{{/RATING}}
    </dl>
  </article>{{/QUESTION}}
  {{#DAGGER}}<p class="meta">† amended after seeing a colleague's card</p>{{/DAGGER}}
</section>{{/RATINGS}}
{{#FLAGS}}<section aria-labelledby="flags">
  <h2 id="flags">Flags</h2>
  <ul class="flags">{{#FLAG}}
    <li><p class="head"><span class="name">{{NAME}}</span> <span class="tag {{TONE}}">{{KIND}}</span> <span class="tag plain">{{STATE}}</span>{{#CRITICAL}} <span class="tag nohire">critical</span>{{/CRITICAL}}</p><p class="note">{{EVIDENCE}}</p></li>{{/FLAG}}
  </ul>
</section>{{/FLAGS}}
{{#CARDS}}<section aria-labelledby="cards">
  <h2 id="cards">Scorecards</h2>{{#CARD}}
  <article class="card">
    <header><h3>{{WHO}}</h3><p>{{#RECOMMENDS}}<span class="tag {{TONE}}">{{TEXT}}</span> {{/RECOMMENDS}}{{#EXPOSED}}<span class="tag hold">{{TEXT}}</span> {{/EXPOSED}}<span class="muted">{{STAGE}}{{#SUBMITTED}} · submitted {{TIME}}{{/SUBMITTED}}</span></p></header>
    {{#PAIR}}<div class="pair">
      {{#STRENGTHS}}<div><p class="label">Strengths</p><ul>{{#ITEM}}<li>{{TEXT}}</li>{{/ITEM}}</ul></div>{{/STRENGTHS}}
      {{#CONCERNS}}<div><p class="label">Concerns</p><ul>{{#ITEM}}<li>{{TEXT}}</li>{{/ITEM}}</ul></div>{{/CONCERNS}}
    </div>{{/PAIR}}
    {{#NOTES}}<p class="note">{{TEXT}}</p>{{/NOTES}}
  </article>{{/CARD}}
</section>{{/CARDS}}
{{#CAVEATS}}<section aria-labelledby="caveats">
  <h2 id="caveats">What this rests on</h2>
  <ul class="caveats">{{#ITEM}}<li>{{TEXT}}</li>{{/ITEM}}</ul>
</section>{{/CAVEATS}}
</main>
<footer>
  <dl>{{#FOOT}}
    <dt>{{NAME}}</dt><dd>{{#CODE}}<code>{{TEXT}}</code>{{/CODE}}{{#TEXTUAL}}{{TEXT}}{{/TEXTUAL}}</dd>{{/FOOT}}
  </dl>
</footer>
</div>
</body>
</html>
