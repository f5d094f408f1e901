throw new Error('to come');
