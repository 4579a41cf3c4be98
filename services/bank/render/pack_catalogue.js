(() => {
  'use strict';
  const form = document.getElementById('s_filter');
  const questions = [...document.querySelectorAll('article.question')].map((node) => ({ node, text: null }));
  const groups = [...document.querySelectorAll('.chapter, .part')];
  const selects = [...form.querySelectorAll('select')];
  const output = form.querySelector('output');
  const answers = form.elements.namedItem('answers');
  const values = (question, field) => (question.node.dataset[field] ?? '').split(' ').filter(Boolean);
  // A question that names no role is for any.
  const has = (question, field, value) => {
    const own = values(question, field);
    return value === '' || own.includes(value) || (field === 'role' && own.length === 0);
  };
  const contains = (question, words) => {
    question.text ??= question.node.textContent.toLowerCase();
    return words.every((word) => question.text.includes(word));
  };

  const update = () => {
    const words = form.elements.namedItem('words').value.toLowerCase().split(/\s+/).filter(Boolean);
    const counts = selects.map(() => new Map());
    let shown = 0;
    for (const question of questions) {
      const failing = selects.filter((select) => !has(question, select.name, select.value));
      const found = contains(question, words);
      question.node.hidden = failing.length > 0 || !found;
      if (!question.node.hidden) shown += 1;
      // What an option would show, all other filters as they are.
      selects.forEach((select, i) => {
        if (!found || failing.some((other) => other !== select)) return;
        for (const option of select.options) {
          if (option.value !== '' && has(question, select.name, option.value)) counts[i].set(option.value, (counts[i].get(option.value) ?? 0) + 1);
        }
      });
    }
    selects.forEach((select, i) => {
      for (const option of select.options) {
        if (option.value !== '') option.textContent = `${option.dataset.name} (${counts[i].get(option.value) ?? 0})`;
      }
    });
    for (const group of groups) group.hidden = !group.querySelector('article.question:not([hidden])');
    output.textContent = shown === questions.length ? `All ${shown} questions` : `${shown} of ${questions.length} questions`;
  };

  // Links lead to below the filters while these stick to the top.
  const measure = () => {
    const stuck = getComputedStyle(form).position === 'sticky' ? form.offsetHeight + 8 : 16;
    document.documentElement.style.setProperty('--stuck', `${stuck}px`);
  };

  // A link to a question shows it, whatever the filters say.
  const follow = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target || !target.matches('article.question')) return;
    if (target.hidden) {
      form.reset();
      update();
    }
    target.scrollIntoView();
  };

  const all = () => [...document.querySelectorAll('article.question details.answers')];
  answers.addEventListener('click', () => {
    const open = answers.textContent === 'Open answers';
    for (const details of all()) details.open = open;
    answers.textContent = open ? 'Close answers' : 'Open answers';
  });
  // Paper cannot be opened.
  let closed = [];
  addEventListener('beforeprint', () => {
    closed = [...document.querySelectorAll('details:not([open])')];
    for (const details of closed) details.open = true;
  });
  addEventListener('afterprint', () => {
    for (const details of closed) details.open = false;
  });

  let waiting = 0;
  form.addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(update, 80);
  });
  form.addEventListener('reset', () => setTimeout(update));
  form.addEventListener('submit', (event) => event.preventDefault());
  addEventListener('hashchange', follow);
  addEventListener('resize', measure);
  form.hidden = false;
  update();
  measure();
  follow();
})();
