{{%AUTOESCAPE context="HTML"}}<!DOCTYPE html>
<html lang="{{LANGUAGE}}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>{{TITLE}}: {{SUBTITLE}}</title>
<style>
@ASSAY_STYLE@
:root { --accent: #2f6b62; }
.scale { display: flex; flex-wrap: wrap; gap: .3rem 1.4rem; list-style: none; margin: 1.3rem 0 0; padding: 0; font-size: .92rem; }
.scale b { color: var(--accent); }
.line { display: flex; gap: 3px; list-style: none; margin: 1.4rem 0 .4rem; padding: 0; font-size: .82rem; }
.line li { min-width: 1.9rem; padding: .42rem .2rem; text-align: center; background: var(--soft); border-radius: 3px; overflow: hidden; }
.line .asks { background: var(--accent); color: var(--sheet); font-weight: 600; }
.plan td:first-child { white-space: nowrap; font-variant-numeric: tabular-nums; }
.checks { margin-top: 1.2rem; padding: .9rem 1.2rem; background: var(--wash); border-left: 5px solid var(--tone); border-radius: 3px; font-size: .94rem; }
.checks ul { margin: .3rem 0 0; padding-left: 1.1rem; }
.box > h2 { display: flex; justify-content: space-between; gap: 1rem; align-items: baseline; }
.box > h2 .clock { font: 600 .95rem var(--sans); font-variant-numeric: tabular-nums; color: var(--muted); white-space: nowrap; }
.script { padding: .9rem 1.2rem; background: var(--soft); border-radius: 3px; }
.question { padding: 1.5rem 0 1.1rem; border-top: 1px solid var(--line); margin-top: 1.2rem; }
.question .facts { font-size: .85rem; color: var(--muted); }
.question h3 { font-size: 1.35rem; line-height: 1.35; font-weight: 500; margin-top: .35rem; }
.question .why { margin-top: .35rem; font-size: .88rem; color: var(--muted); }
.scenario { margin-top: .7rem; padding-left: 1rem; border-left: 3px solid var(--accent); }
.question .label { margin-top: 1rem; }
.question .label + * { margin-top: .25rem; }
.question ul { margin: 0; padding-left: 1.1rem; }
.question li { margin: .2rem 0; }
.question p, .question li, .script { overflow-wrap: anywhere; }
.ticks { list-style: none; }
.question .ticks { padding-left: 0; }
.tick { display: inline-block; width: .9rem; height: .9rem; border: 1px solid var(--muted); border-radius: 2px; vertical-align: -.1rem; margin-right: .55rem; }
.anchor { display: grid; grid-template-columns: 5.2rem minmax(0, 1fr); gap: 0 1rem; padding: .75rem 0; border-top: 1px solid var(--line); font-size: .95rem; }
.mark { font-family: var(--serif); font-size: 1.8rem; line-height: 1; color: var(--tone); }
.mark small { display: block; font: 600 .68rem/1.3 var(--sans); }
.rate { display: flex; flex-wrap: wrap; gap: .5rem .5rem; align-items: center; margin-top: 1.1rem; padding-top: .7rem; border-top: 1px dashed var(--muted); }
.rate .square { display: inline-block; width: 1.75rem; height: 1.75rem; border: 1px solid var(--muted); border-radius: 3px; text-align: center; line-height: 1.7rem; font-size: .85rem; color: var(--muted); }
.blank { display: block; border-bottom: 1px solid var(--muted); height: 1.8rem; flex-basis: 100%; }
.field { margin-top: 1.1rem; }
.short { display: grid; grid-template-columns: 11rem minmax(0, 1fr); gap: 0 1rem; align-items: end; }
.short .help { display: none; }
.field .help { color: var(--muted); font-size: .86rem; }
.options { list-style: none; margin: .4rem 0 0; padding: 0; columns: 2; }
.options li { padding: .2rem 0; break-inside: avoid; }
math { font-size: 1.06em; }
@media screen and (prefers-color-scheme: dark) { :root { --accent: #6fc0b2; } }
@media screen and (max-width: 44rem) {
  .anchor { grid-template-columns: minmax(0, 1fr); gap: .3rem; }
  .options { columns: 1; }
}
@media print {
  .box > h2, .question .facts, .question h3, .label { break-after: avoid; }
  .anchor, .rate, .field, .scenario, .script, .checks, .options li { break-inside: avoid; }
  .card { break-before: page; }
  .script, .line li, .checks { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
}
</style>
</head>
<body>
<div class="sheet">
<header>
  <p class="eyebrow" lang="en">Interviewer's kit</p>
  <h1>{{TITLE}}</h1>
  <p class="sub">{{SUBTITLE}}</p>
  <ul class="scale">{{#LEVEL}}<li><b>{{VALUE}}</b> {{LABEL}}</li>{{/LEVEL}}</ul>
</header>
<main>
<section aria-labelledby="h_plan">
  <h2 id="h_plan" lang="en">Plan</h2>
  <ol class="line" aria-hidden="true">{{#SEGMENT}}<li{{#ASKS}} class="asks"{{/ASKS}} style="flex-grow: {{MINUTES}}">{{MINUTES}}</li>{{/SEGMENT}}</ol>
  <div class="scroll"><table class="plan">
    <thead lang="en"><tr><th scope="col">Clock</th><th scope="col">Box</th><th scope="col" class="n">Minutes</th><th scope="col" class="n">Questions</th></tr></thead>
    <tbody>{{#ROW}}<tr><td>{{FROM}}–{{TO}}</td><th scope="row">{{NAME}}</th><td class="n">{{MINUTES}}</td><td class="n">{{QUESTIONS}}</td></tr>{{/ROW}}</tbody>
  </table></div>
  {{#CHECKS}}<div class="checks hold" lang="en"><p class="label">Before you start</p><ul>{{#ITEM}}<li>{{TEXT:none}}</li>{{/ITEM}}</ul></div>{{/CHECKS}}
</section>
{{#BOX}}<section class="box">
  <h2><span>{{NAME}}</span><span class="clock">{{FROM}}–{{TO}}</span></h2>
  {{#SCRIPT}}<p class="script note" dir="auto">{{TEXT:none}}</p>{{/SCRIPT}}
  {{#QUESTION}}<article class="question" id="{{ID}}"{{#LANG}} lang="{{TEXT}}"{{/LANG}}>
    <p class="facts" lang="en">{{NUMBER}} · {{FACTS}} · {{ID}}{{#CRITICAL}} <span class="tag adjust">role-critical</span>{{/CRITICAL}}</p>
    <h3 dir="auto">{{PROMPT:none}}</h3>
    {{#SCENARIO}}<p class="scenario note" dir="auto">{{TEXT:none}}</p>{{/SCENARIO}}
    {{#WHY}}<p class="why" lang="en">Chosen because: {{TEXT:none}}</p>{{/WHY}}
    {{#CUE}}<p class="label" lang="en">Listen for</p><p dir="auto">{{TEXT:none}}</p>{{/CUE}}
    {{#CONCEPTS}}<p class="label" lang="en">Heard</p><ul class="ticks">{{#ITEM}}<li dir="auto"><span class="tick" aria-hidden="true"></span>{{TEXT:none}}{{#ESSENTIAL}} <span class="tag plain" lang="en">essential</span>{{/ESSENTIAL}}</li>{{/ITEM}}</ul>{{/CONCEPTS}}
    {{#PROBES}}<p class="label" lang="en">Follow up</p><ul>{{#ITEM}}<li dir="auto">{{TEXT:none}}{{#PURPOSE}} <span class="tag plain" lang="en">{{TEXT}}</span>{{/PURPOSE}}</li>{{/ITEM}}</ul>{{/PROBES}}
    {{#ANCHORS}}<p class="label" lang="en">Anchors</p><div>{{#ITEM}}<div class="anchor {{TONE}}"><p class="mark">{{SCORE}}<small>{{LABEL}}</small></p><div><p class="note" dir="auto">{{TEXT:none}}</p>{{#WHY}}<p class="why" dir="auto">{{TEXT:none}}</p>{{/WHY}}</div></div>{{/ITEM}}</div>{{/ANCHORS}}
    {{#RED}}<p class="label" lang="en">Red flags</p><ul class="ticks">{{#ITEM}}<li dir="auto"><span class="tick" aria-hidden="true"></span>{{TEXT:none}}</li>{{/ITEM}}</ul>{{/RED}}
    <div class="rate" aria-hidden="true" lang="en"><strong>Score</strong>{{#SQUARE}}<span class="square">{{TEXT}}</span>{{/SQUARE}}<span class="muted"><span class="tick" style="margin-left: .8rem"></span>not assessed</span><span class="blank"></span><span class="blank"></span></div>
  </article>{{/QUESTION}}
</section>{{/BOX}}
<section class="card" aria-labelledby="h_card" lang="en">
  <h2 id="h_card">{{CARD}}</h2>
  {{#OVERALL}}<div class="field"><p class="label">Over the whole interview: {{NAME}}</p><div class="rate" style="border: 0; margin: 0" aria-hidden="true">{{#SQUARE}}<span class="square">{{TEXT}}</span>{{/SQUARE}}<span class="blank"></span></div></div>{{/OVERALL}}
  {{#FIELD}}<div class="field{{#SHORT}} short{{/SHORT}}"><p class="label">{{NAME}}</p>{{#HELP}}<p class="help">{{TEXT:none}}</p>{{/HELP}}{{#AREAS}}<div class="scroll"><table><tbody>{{#AREA}}<tr><th scope="row">{{NAME}}</th><td><div class="rate" style="border: 0; margin: 0; padding: 0" aria-hidden="true">{{#SQUARE}}<span class="square">{{TEXT}}</span>{{/SQUARE}}</div></td><td style="width: 40%"><span class="blank"></span></td></tr>{{/AREA}}</tbody></table></div>{{/AREAS}}{{#OPTIONS}}<ul class="options">{{#ITEM}}<li><span class="tick" aria-hidden="true"></span>{{TEXT}}</li>{{/ITEM}}</ul>{{/OPTIONS}}{{#LINE}}<span class="blank"></span>{{/LINE}}</div>{{/FIELD}}
</section>
</main>
<footer lang="en"><dl>{{#FOOT}}<dt>{{NAME}}</dt><dd><code>{{TEXT}}</code></dd>{{/FOOT}}</dl></footer>
</div>
</body>
</html>
